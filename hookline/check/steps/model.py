"""train_model, and the answers of what it returns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from hookline.check.bench import Bench
from hookline.check.steps.inputs import allowed_rows, request_frame
from hookline.check.steps.naming import for_row
from hookline.errors import ModelError
from hookline.hooks import answers, hook_call
from hookline.models.native import answer
from hookline.types import Prediction

__all__ = ["edges", "many", "one", "predict", "same", "train"]

_HOOK = "train_model"
_ALONE = 5


def train(bench: Bench) -> str:
    """Fit a model on the sample."""
    if bench.contract.task == "classification":
        _require_two_classes(bench.y_processed)
    bench.model = answers.fit_model(bench.train_model, bench.processed, bench.y_processed)
    return type(bench.model).__name__


def many(bench: Bench) -> None:
    """Ask for all rows of the sample."""
    prediction = predict(bench, bench.processed)
    if len(prediction) != len(bench.X):
        answers.refuse(
            _HOOK,
            f"a model that answers {len(bench.X)} rows with {len(prediction)} predictions",
            "return a model that gives one answer per row",
            expected=f"{len(bench.X)} predictions",
        )
    _require_shares(prediction)


def one(bench: Bench) -> None:
    """Ask for some rows one by one."""
    together = predict(bench, bench.processed)
    for row in range(min(_ALONE, len(bench.X))):
        processed = answers.process_X(bench.preprocessor, bench.X.iloc[[row]].reset_index(drop=True))
        alone = predict(bench, processed)
        if not same(_row(together, row), alone):
            answers.refuse(
                _HOOK,
                f"a model that answers row {row} otherwise alone than among {len(bench.X)} rows",
                "return a model that treats each row by itself; the service answers in batches",
                expected="the same answer",
            )


def edges(bench: Bench) -> str:
    """Ask for rows at the edges of the contract."""
    rows = allowed_rows(bench.contract)
    for row in rows:
        with for_row(row):
            frame = request_frame(bench.contract, [row])
            predict(bench, answers.process_X(bench.preprocessor, frame))
    return f"{len(rows)} rows"


def predict(bench: Bench, processed: Any) -> Prediction:
    """Ask the model as the service does."""
    with _about_the_model(), hook_call(_HOOK):
        return answer(bench.model, processed, bench.contract.task)


def same(first: Prediction, second: Prediction) -> bool:
    """Tell whether two answers agree as far as floating point allows."""
    pairs = zip(_parts(first), _parts(second), strict=True)
    return all((a is None) == (b is None) and (a is None or np.allclose(a, b)) for a, b in pairs)


@contextmanager
def _about_the_model() -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        what, _, remedy = str(error).rpartition("; ")
        answers.refuse(
            _HOOK,
            what,
            remedy,
            expected="a model whose predict gives one finite number or one of its classes per row",
        )


def _require_two_classes(y: Any) -> None:
    classes = pd.unique(np.ravel(np.asarray(y)))
    if len(classes) < 2:
        answers.refuse(
            "DataLoader.load_data",
            f"{classes[0]!s} in every row",
            "load rows of every class; a model of one class has nothing to learn",
            expected="a target of two classes or more",
        )


def _require_shares(prediction: Prediction) -> None:
    table = prediction.probabilities
    if table is None:
        return
    wrong = np.flatnonzero((np.abs(table.sum(axis=1) - 1) > 1e-3) | (table < 0).any(axis=1))
    if len(wrong):
        row = int(wrong[0])
        answers.refuse(
            _HOOK,
            f"predict_proba gives {np.round(table[row], 4).tolist()} for row {row}",
            "return a model with proper probabilities, or one without predict_proba",
            expected="probabilities between 0 and 1 that add up to 1",
        )


def _row(prediction: Prediction, row: int) -> Prediction:
    return Prediction(*(None if part is None else part[row : row + 1] for part in _parts(prediction)))


def _parts(prediction: Prediction) -> tuple[Any, Any, Any]:
    return prediction.labels, prediction.probabilities, prediction.values
