"""Call hooks and hold what comes back against what must come back; training and `hookline check` share it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from hookline.errors import HookError
from hookline.hooks.call import hook_call
from hookline.hooks.fault import Fault
from hookline.hooks.place import place_of_hook
from hookline.hooks.surface import surface
from hookline.types import PreprocessorHook
from hookline.words import counted, listed

if TYPE_CHECKING:
    import pandas as pd

    from hookline.contract import Contract

__all__ = ["class_names", "fit_model", "process_X", "process_y", "refuse", "split_X_y"]


def refuse(hook: str, came: str, remedy: str, *, expected: str | None = None) -> NoReturn:
    """Raise the HookError for an answer that is not what must come back."""
    known = surface(hook)
    raise HookError(
        Fault(
            hook=hook,
            where=place_of_hook(hook),
            expected=expected or (known.answer if known else "another answer"),
            came=came,
            remedy=remedy,
        )
    )


def split_X_y(
    preprocessor: PreprocessorHook, contract: Contract, data: pd.DataFrame
) -> tuple[pd.DataFrame, Any]:
    """Split loaded data; X is cut down to the features, in order: what requests bring."""
    import pandas as pd  # noqa: PLC0415 - a served model needs the hooks' package, not pandas

    hook = "Preprocessor.split_X_y"
    with hook_call(hook):
        answer = preprocessor.split_X_y(data)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        refuse(hook, _a(answer), "end the method with `return X, y`")
    X, y = answer
    if not isinstance(X, pd.DataFrame):
        refuse(
            hook,
            f"{_a(X)} as X",
            "return the features as a DataFrame; turning them into arrays is process_X's job",
        )
    absent = [name for name in contract.names if name not in X.columns]
    if absent:
        refuse(
            hook,
            f"X without {listed(absent)}",
            "keep every feature of features.yaml in X, or take it out of features.yaml; requests bring it",
            expected=f"X with the features {listed(contract.names)}",
        )
    _require_target(hook, y, len(X))
    return X[list(contract.names)], y


def process_X(preprocessor: PreprocessorHook, X: pd.DataFrame) -> Any:
    """Turn a frame into model input with as many rows."""
    hook = "Preprocessor.process_X"
    with hook_call(hook):
        processed = preprocessor.process_X(X)
    rows = row_count(processed)
    if rows is None:
        refuse(hook, _a(processed), "end the method with `return` and a frame or array")
    if rows != len(X):
        refuse(
            hook,
            counted(rows, "row"),
            "keep every row, a request waits for each answer; leave rows out in DataLoader.load_data",
            expected=f"{counted(len(X), 'row')}, as many as came in",
        )
    return processed


def process_y(preprocessor: PreprocessorHook, contract: Contract, y: Any) -> Any:
    """Turn the target into what the model is trained on; `fit_y` was called before."""
    hook = "Preprocessor.process_y"
    with hook_call(hook):
        processed = preprocessor.process_y(y)
    _require_target(hook, processed, len(y))
    if contract.task == "regression":
        _require_numbers(hook, processed)
    return processed


def fit_model(train_model: Callable[[Any, Any], Any], X_processed: Any, y_processed: Any) -> Any:
    """Return the fitted model."""
    hook = "train_model"
    with hook_call(hook):
        model = train_model(X_processed, y_processed)
    if not callable(getattr(model, "predict", None)):
        refuse(hook, _a(model), "end the function with `return model`, a model that has `predict`")
    return model


def class_names(get_classes: Callable[[Any], Any], model: Any) -> tuple[str, ...]:
    """Return the class names as text, in the order of predict_proba."""
    hook = "get_classes"
    with hook_call(hook):
        answer = get_classes(model)
        if isinstance(answer, str | bytes) or not hasattr(answer, "__iter__"):
            refuse(hook, _a(answer), 'return a list of names, such as `["no", "yes"]`')
        names = [item.item() if isinstance(item, np.generic) else item for item in answer]
    for name in names:
        if name is None or name != name or not isinstance(name, str | int | float):  # noqa: PLR0124 - NaN is not itself
            refuse(hook, f"{_a(name)} among the names", "return strings or whole numbers")
    texts = tuple(str(name) for name in names)
    double = next((text for text in texts if texts.count(text) > 1), None)
    if double is not None:
        refuse(hook, f"{double!r} twice", "give every class a name of its own", expected="unique class names")
    expected = _number_of_classes(model)
    if expected is not None and len(texts) != expected:
        refuse(
            hook,
            f"{len(texts)}: {listed(texts)}",
            "name every class that the model knows, in the order of model.classes_",
            expected=f"{expected} names, one for each of model.classes_",
        )
    _require_order(hook, texts, model)
    return texts


def row_count(table: Any) -> int | None:
    """Count the rows of a frame, array, sparse matrix or list; None if it has no rows."""
    shape = getattr(table, "shape", None)
    if isinstance(shape, tuple):
        return int(shape[0]) if shape else None
    return len(table) if isinstance(table, list | tuple) else None


def _require_target(hook: str, y: Any, rows: int) -> None:
    import pandas as pd  # noqa: PLC0415 - a served model needs the hooks' package, not pandas

    count = row_count(y)
    if count is None:
        refuse(hook, f"{_a(y)} as y", "return the target column" + (", as y" if "split" in hook else ""))
    if count != rows:
        refuse(
            hook,
            f"{count} values for {counted(rows, 'row')}",
            "return one value of y per row of X",
            expected=f"{rows} values of y",
        )
    nulls = int(np.count_nonzero(pd.isna(np.asarray(y))))
    if nulls:
        refuse(
            hook,
            f"{nulls} of {count} missing",
            "leave out rows without a target in DataLoader.load_data",
            expected="a y without missing values",
        )


def _require_numbers(hook: str, y: Any) -> None:
    values = np.asarray(y)
    if values.dtype.kind not in "biuf":
        refuse(
            hook,
            f"y of dtype {values.dtype}",
            "turn the target into numbers, or set `task: classification` in features.yaml",
            expected="numbers: features.yaml says `task: regression`",
        )
    if not np.isfinite(values.astype(float)).all():
        refuse(hook, "infinite values", "mend process_y: a logarithm of zero?", expected="finite numbers")


def _number_of_classes(model: Any) -> int | None:
    classes = getattr(model, "classes_", None)
    return row_count(classes)


def _require_order(hook: str, names: tuple[str, ...], model: Any) -> None:
    classes = getattr(model, "classes_", None)
    if classes is None:
        return
    known = tuple(str(item.item() if isinstance(item, np.generic) else item) for item in classes)
    if names != known and sorted(names) == sorted(known):
        refuse(
            hook,
            listed(names),
            "return them in the order of model.classes_, such as `list(model.classes_)`; "
            "otherwise every answer gets a wrong name",
            expected=f"the order of model.classes_: {listed(known)}",
        )


def _a(value: Any) -> str:
    if value is None:
        return "None"
    kind = type(value).__name__
    if isinstance(value, tuple | list):
        return f"a {kind} of {len(value)}"
    return f"{'an' if kind[0] in 'aeiou' or kind == 'ndarray' else 'a'} {kind}"
