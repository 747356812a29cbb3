"""Raw outputs of a model → `Prediction`. Says what is odd instead of guessing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.errors import ModelError, UnanswerableError
from hookline.types import Prediction, Task

__all__ = ["finite", "label_positions", "probability_table", "value_list"]

_FEW = 1000
"""A scalar product of so many numbers costs a quarter of np.isfinite(...).all(). For 10,000 BLAS wakes its
threads, which then spin for a while and take a core from whoever works."""


def label_positions(predicted: Any, classes: Sequence[Any] | NDArray[Any] | None) -> NDArray[np.int64]:
    """Turn what `predict` returned into positions in the model's classes."""
    labels = np.asarray(predicted)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise ModelError(f"predict returned shape {labels.shape}; one label per row is needed")
    if classes is None:
        return _as_positions(labels)
    place = {label: position for position, label in enumerate(np.asarray(classes).tolist())}
    try:
        positions = [place[label] for label in labels.tolist()]
    except KeyError as error:
        raise ModelError(
            f"predict returned {error.args[0]!r}, which is not in the model's classes {list(place)}; "
            "train again so that classes_ and predict agree"
        ) from error
    return np.array(positions, dtype=np.int64)


def probability_table(probabilities: Any, rows: int, classes: int | None) -> NDArray[np.float64]:
    """Check what `predict_proba` returned: one float64 row per row, one column per class."""
    table = np.asarray(probabilities, dtype=np.float64)
    if table.ndim != 2 or len(table) != rows or (classes is not None and table.shape[1] != classes):
        wanted = f"({rows}, {classes if classes is not None else 'classes'})"
        raise ModelError(f"predict_proba returned shape {table.shape}; {wanted} is needed")
    return table


def value_list(predicted: Any, rows: int) -> NDArray[np.float64]:
    """Check what a regression's `predict` returned: one number per row."""
    values = np.asarray(predicted, dtype=np.float64)
    if values.shape not in ((rows,), (rows, 1)):
        raise ModelError(f"predict returned shape {values.shape}; one number per row is needed")
    return values.reshape(rows)


def finite(prediction: Prediction, task: Task) -> Prediction:
    """Refuse NaN and infinity: they have no place in JSON, and no meaning as an answer."""
    numbers = prediction.probabilities if task == "classification" else prediction.values
    if numbers is not None and not _all_finite(numbers):
        bad = ~np.isfinite(numbers.reshape(len(numbers), -1)).all(axis=1)
        if bad.any():
            rows = tuple(np.flatnonzero(bad).tolist())
            raise UnanswerableError(
                f"the model answers row {rows[0]} with {numbers[rows[0]]}, which is not a number; "
                "let Preprocessor.process_X fill what the model cannot take, or narrow the feature's range",
                rows,
            )
    return prediction


def _all_finite(numbers: NDArray[np.float64]) -> bool:
    """Tell whether all numbers are finite; of a few whose squares are not, it may deny it."""
    if numbers.size > _FEW:
        return bool(np.isfinite(numbers).all())
    return math.isfinite(np.vdot(numbers, numbers))


def _as_positions(labels: NDArray[Any]) -> NDArray[np.int64]:
    if labels.dtype.kind not in "iub":
        raise ModelError(
            f"predict returned {labels[:1].tolist()} and the model has no classes_; "
            "return whole numbers, the positions in what get_classes returns"
        )
    if labels.size and labels.min() < 0:
        raise ModelError(f"predict returned the position {labels.min()}; positions start at 0")
    return labels.astype(np.int64)
