"""Try the models that may suit a table, and choose the simplest of the good ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from hookline.contract.conform import conform
from hookline.scaffold.drafted import Drafted
from hookline.scaffold.train_text import MODELS, Candidate, train_text
from hookline.words import counted

__all__ = ["Choice", "choose"]

ROWS = 2_000
"""So many rows tell the models apart well enough, and quickly."""
PARTS = 3
MOST_ROWS_OF_A_FOREST = 5_000
"""The file of a forest grows with the rows; boosting does as well and stays small."""


@dataclass(frozen=True)
class Choice:
    """Hold the model that was chosen, the one to hold it against, and what was measured."""

    chosen: Candidate
    beside: Candidate
    scores: dict[str, float]
    rows: int
    measure: str

    @property
    def remark(self) -> str:
        """Say what was measured, for whoever reads the model's code."""
        if not self.scores:
            return "Too few rows to try models on: look at the card before you trust this one."
        scores = " · ".join(f"{name} {score:.3g}" for name, score in self.scores.items())
        better = "lower is better" if self.measure == "log loss" else "1 is best"
        return (
            f"Tried when this file was drafted, on {counted(self.rows, 'row')} in {PARTS} parts, "
            f"each by a model of the others.\n{self.measure} ({better}): {scores}"
        )


def choose(drafted: Drafted) -> Choice:
    """Measure the candidates by cross-validation; a simpler one wins unless another is clearly better."""
    draft = drafted.draft
    candidates = MODELS[draft.task]
    if len(drafted.frame) > MOST_ROWS_OF_A_FOREST:
        candidates = tuple(one for one in candidates if one.name != "forest")
    frame = _sample(drafted)
    if len(frame) < 10 * PARTS:
        return Choice(candidates[0], candidates[1], {}, len(frame), "")
    folds = {one.name: _scores(drafted, one, frame) for one in candidates}
    means = {name: float(scores.mean()) for name, scores in folds.items()}
    best = max(means, key=lambda name: means[name])
    enough = means[best] - float(folds[best].std(ddof=1)) / PARTS**0.5
    chosen = next(one for one in candidates if means[one.name] >= enough)
    others = [one for one in candidates if one is not chosen]
    beside = candidates[0] if chosen is not candidates[0] else max(others, key=lambda one: means[one.name])
    means["guessing"] = float(_scores(drafted, None, frame).mean())
    classes = draft.task == "classification"
    sign = -1 if classes else 1  # scikit-learn turns losses around
    order = sorted(means, key=lambda name: -means[name])
    return Choice(
        chosen,
        beside,
        {name: sign * means[name] for name in order},
        len(frame),
        "log loss" if classes else "R²",
    )


def _sample(drafted: Drafted) -> pd.DataFrame:
    frame, draft = drafted.frame, drafted.draft
    if len(frame) > ROWS:
        frame = frame.sample(ROWS, random_state=0)
    if draft.task == "classification":
        # A class must be in every part.
        counts = frame[draft.target].map(frame[draft.target].value_counts())
        frame = frame[counts.astype(int) >= 2 * PARTS]
        if frame[draft.target].nunique() < 2:
            return frame.head(0)
    return frame.reset_index(drop=True)


def _scores(drafted: Drafted, candidate: Candidate | None, frame: pd.DataFrame) -> NDArray[np.float64]:
    """Score a candidate behind the very Preprocessor that is drafted, more is better; without one, guess."""
    task, target = drafted.draft.task, drafted.draft.target
    classes = task == "classification"
    names = list(drafted.draft.contract.names)
    X = conform(drafted.draft.contract, frame.drop(columns=[target])).frame[names]
    y = np.asarray(frame[target].astype(str if classes else float))
    split = (StratifiedKFold if classes else KFold)(PARTS, shuffle=True, random_state=0)
    scores = []
    # Threads that wait for each other on a busy machine take longer than one alone for so few rows.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this is a trial; training itself says what deserves a look
        for train, test in split.split(X, y):
            answers = _answers(drafted, candidate, X.iloc[train], y[train], X.iloc[test])
            scores.append(-log_loss(y[test], answers) if classes else r2_score(y[test], answers))
    return np.asarray(scores, dtype=np.float64)


def _answers(
    drafted: Drafted, candidate: Candidate | None, X: pd.DataFrame, y: NDArray[Any], asked: pd.DataFrame
) -> Any:
    task = drafted.draft.task
    if candidate is None:
        model = DummyClassifier(strategy="prior") if task == "classification" else DummyRegressor()
        model.fit(X, y)
    else:
        hooks = _hooks(drafted, candidate)
        preprocessor = hooks["Preprocessor"]()
        preprocessor.fit_X(X)
        model = hooks["train_model"](preprocessor.process_X(X), y)
        asked = preprocessor.process_X(asked)
    return model.predict_proba(asked) if task == "classification" else model.predict(asked)


def _hooks(drafted: Drafted, candidate: Candidate) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "drafted"}
    text = train_text(drafted, candidate, candidate)
    exec(compile(text, "source/model/train.py", "exec"), names)  # noqa: S102 - written by us a line above
    return names
