"""Let a row that the model fails on fail alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hookline.contract.columns import row_count, take
from hookline.errors import ModelError
from hookline.types import Columns, Prediction, Predictor

__all__ = ["predict_each"]

_MOST = 100
"""More rows than this that fail alone in one chunk are no odd rows, but a broken model."""


def predict_each(predictor: Predictor, columns: Columns) -> tuple[Prediction, dict[int, Exception]]:
    """Predict all rows by one call; if that fails, find the rows it fails on, and predict all others."""
    parts: list[Prediction] = []
    failed: dict[int, Exception] = {}
    waiting = [(0, row_count(columns))]
    while waiting:
        start, stop = waiting.pop()
        try:
            parts.append(predictor.predict(take(columns, slice(start, stop))))
        except Exception as error:  # hooks raise whatever they like
            if stop - start > 1:
                middle = (start + stop) // 2
                waiting += [(middle, stop), (start, middle)]
                continue
            failed[start] = error
            if len(failed) > _MOST:
                raise ModelError(
                    f"the model fails on row after row ({type(error).__name__}: {error}); mend its hooks, "
                    "see what `hookline check` says, and train again"
                ) from error
    return _joined(parts), failed


def _joined(parts: Sequence[Prediction]) -> Prediction:
    if len(parts) == 1:
        return parts[0]

    def join(arrays: Sequence[Any]) -> Any:
        return None if not arrays or arrays[0] is None else np.concatenate(arrays)

    return Prediction(
        labels=join([part.labels for part in parts]),
        probabilities=join([part.probabilities for part in parts]),
        values=join([part.values for part in parts]),
    )
