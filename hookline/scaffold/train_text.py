"""Write the Preprocessor and the model of a drafted table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from hookline.scaffold.drafted import Drafted
from hookline.scaffold.pytext import spelled, variable

__all__ = ["MODELS", "Candidate", "train_text"]


@dataclass(frozen=True)
class Candidate:
    """Hold a model that may suit: how it is written, and where it is imported from."""

    name: str
    says: str
    module: str
    cls: str
    arguments: str

    @property
    def expression(self) -> str:
        """Return the expression that makes it."""
        return f"{self.cls}({self.arguments})"


_FOREST = "n_estimators=200, min_samples_leaf=3, random_state=0"
_SIMPLE = "Be the simple model to beat."
_MANY = "Average many trees."
_EACH = "Add trees that mend each other's errors."

MODELS: dict[str, tuple[Candidate, ...]] = {
    "classification": (
        Candidate("linear", _SIMPLE, "linear_model", "LogisticRegression", "max_iter=1000"),
        Candidate("forest", _MANY, "ensemble", "RandomForestClassifier", _FOREST),
        Candidate("boosting", _EACH, "ensemble", "HistGradientBoostingClassifier", "random_state=0"),
    ),
    "regression": (
        Candidate("linear", _SIMPLE, "linear_model", "Ridge", ""),
        Candidate("forest", _MANY, "ensemble", "RandomForestRegressor", _FOREST),
        Candidate("boosting", _EACH, "ensemble", "HistGradientBoostingRegressor", "random_state=0"),
    ),
}
"""By task, the simplest first."""


def train_text(drafted: Drafted, chosen: Candidate, beside: Candidate, remark: str = "") -> str:
    """Return source/model/train.py with the `chosen` model, and the one to hold it against `beside` it."""
    times = drafted.times
    parts = {kind: tuple(_of_times(drafted, nullable=kind)) for kind in (False, True)}
    lists = {
        "NUMBERS": [*drafted.named("float", "int"), *parts[False]],
        "GAPS": [*drafted.named("float", "int", "bool", nullable=True), *parts[True]],
        "FLAGS": drafted.named("bool"),
        "WORDS": drafted.words,
        "MANY_WORDS": drafted.many_words,
    }
    lists = {name: values for name, values in lists.items() if values}
    blocks = [
        '"""Yours: from raw columns to a fitted model."""',
        _imports(lists, (chosen, beside), times=bool(times)),
        "\n".join(_SAYS[name] + variable(name, values) for name, values in lists.items()),
        *([_SAYS["TIMES"] + variable("TIMES", times)] if times else []),
    ]
    definitions = [
        _preprocessor(list(lists), times=bool(times)),
        *([_with_dates(drafted)] if times else []),
        *(_model(one) for one in dict.fromkeys((chosen, beside))),
        _train_model(chosen, remark),
    ]
    if drafted.draft.task == "classification":
        definitions.append(_CLASSES)
    return "\n\n".join(blocks) + "\n\n\n" + "\n\n\n".join(definitions) + "\n"


_SAYS = {
    "NUMBERS": "",
    "GAPS": "# These may be null: the median stands in, and the model is told so.\n",
    "FLAGS": "",
    "WORDS": "",
    "TIMES": "# A model takes no times: with_dates spells them as numbers.\n",
    "MANY_WORDS": "# Of these the 30 most frequent words count each by itself.\n",
}
_STEPS = {
    "NUMBERS": '("numbers", StandardScaler(), NUMBERS),',
    "GAPS": '("gaps", make_pipeline(filled, StandardScaler()), GAPS),',
    "FLAGS": '("flags", "passthrough", FLAGS),',
    "WORDS": '("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), WORDS),',
    "MANY_WORDS": '("many_words", frequent, MANY_WORDS),',
}
_FILLED = 'filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)'
_FREQUENT = (
    'frequent = OneHotEncoder(max_categories=31, handle_unknown="infrequent_if_exist", sparse_output=False)'
)

_CLASSES = """\
def get_classes(model: Any) -> list[str]:
    return [str(name) for name in model.classes_]"""


def _of_times(drafted: Drafted, *, nullable: bool) -> list[str]:
    names = drafted.named("datetime", nullable=nullable)
    return [f"{name}: {part}" for name in names for part in _parts(drafted, name)]


def _parts(drafted: Drafted, name: str) -> tuple[str, ...]:
    moments = pd.to_datetime(drafted.frame[name].astype(object), format="ISO8601", utc=True, errors="coerce")
    known = moments.dropna()
    days_only = bool((known == known.dt.normalize()).all())
    return ("day", "month", "weekday") if days_only else ("day", "month", "weekday", "hour")


def _imports(lists: dict[str, list[str]], models: tuple[Candidate, ...], *, times: bool) -> str:
    found: dict[str, set[str]] = {"compose": {"ColumnTransformer"}, "preprocessing": set()}
    if "NUMBERS" in lists or "GAPS" in lists:
        found["preprocessing"].add("StandardScaler")
    if "WORDS" in lists or "MANY_WORDS" in lists:
        found["preprocessing"].add("OneHotEncoder")
    if "GAPS" in lists:
        found["impute"], found["pipeline"] = {"SimpleImputer"}, {"make_pipeline"}
    for model in models:
        found.setdefault(model.module, set()).add(model.cls)
    lines = ["import pandas as pd"] if times else []
    for module, names in sorted(found.items()):
        lines += [f"from sklearn.{module} import {', '.join(sorted(names))}"] if names else []
    base = "from hookline import Preprocessor as BasePreprocessor"
    return "\n\n".join(["from typing import Any", "\n".join(lines), base])


def _preprocessor(lists: list[str], *, times: bool) -> str:
    # A process_X of its own is not one transformer, and under that name it would claim to be.
    name = "columns" if times else "transformer"
    lines = ["class Preprocessor(BasePreprocessor):", "    def __init__(self) -> None:"]
    lines += [f"        {_FILLED}"] if "GAPS" in lists else []
    lines += [f"        {_FREQUENT}"] if "MANY_WORDS" in lists else []
    lines += [f"        self.{name} = ColumnTransformer(", "            ["]
    lines += [f"                {_STEPS[each]}" for each in lists]
    lines += ["            ]", "        )"]
    if times:
        lines += [
            "",
            "    def fit_X(self, X: pd.DataFrame) -> None:",
            "        self.columns.fit(with_dates(X))",
            "",
            "    def process_X(self, X: pd.DataFrame) -> Any:",
            "        return self.columns.transform(with_dates(X))",
        ]
    return "\n".join(lines)


_PARTS = {
    "day": '(X[name] - pd.Timestamp("2000-01-01")).dt.total_seconds() / 86_400',
    "month": "X[name].dt.month",
    "weekday": "X[name].dt.day_of_week",
    "hour": "X[name].dt.hour",
}


def _with_dates(drafted: Drafted) -> str:
    hours = [name for name in drafted.times if "hour" in _parts(drafted, name)]
    lines = [
        "def with_dates(X: pd.DataFrame) -> pd.DataFrame:",
        '    """Add each time in numbers; a copy, for X is used again."""',
        "    parts = {}",
        "    for name in TIMES:",
    ]
    lines += [f'        parts[f"{{name}}: {part}"] = {_PARTS[part]}' for part in ("day", "month", "weekday")]
    if hours:
        some = len(hours) < len(drafted.times)
        lines += [f"        if name in [{', '.join(map(spelled, hours))}]:"] if some else []
        lines += [f'        {"    " if some else ""}parts[f"{{name}}: hour"] = {_PARTS["hour"]}']
    return "\n".join([*lines, "    return X.assign(**parts)"])


def _model(candidate: Candidate) -> str:
    return f'def {candidate.name}() -> Any:\n    """{candidate.says}"""\n    return {candidate.expression}'


def _train_model(chosen: Candidate, remark: str) -> str:
    comment = "".join(f"    # {line}\n" for line in remark.splitlines())
    return (
        "def train_model(X_processed: Any, y_processed: Any) -> Any:\n"
        f"{comment}    return {chosen.name}().fit(X_processed, y_processed)"
    )
