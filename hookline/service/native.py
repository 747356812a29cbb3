"""A native model in service: on one thread, and able to say which rows it cannot answer."""

from __future__ import annotations

from typing import Literal

import numpy as np

from hookline.contract.columns import row_count, take
from hookline.errors import UnanswerableError
from hookline.types import Columns, Prediction, Predictor

__all__ = ["ServedNative"]


class ServedNative:
    """Answer as `inner` does."""

    kind: Literal["native"] = "native"

    def __init__(self, inner: Predictor) -> None:
        import joblib  # noqa: PLC0415 - a compiled model is served without it

        self._inner = inner
        self._config = joblib.parallel_config

    def predict(self, columns: Columns) -> Prediction:
        """Answer every row of `columns`."""
        try:
            return self._predict(columns)
        except ValueError as error:
            if not _says_not_finite(error):
                raise
            row = self._first_refused(columns)
            raise UnanswerableError(f"the model takes no row such as row {row}: {error}", (row,)) from error

    def close(self) -> None:
        """Release what the predictor holds."""
        self._inner.close()

    def _predict(self, columns: Columns) -> Prediction:
        # The n_jobs of a forest is meant for training. Here it would wake threads for a millisecond's work,
        # and add up their answers in whatever order they come.
        # What overflows is refused by the model, or found in its answer; a warning would only fill the log.
        with self._config(backend="sequential"), np.errstate(over="ignore"):
            return self._inner.predict(columns)

    def _first_refused(self, columns: Columns) -> int:
        start, stop = 0, row_count(columns)
        while stop - start > 1:
            middle = (start + stop) // 2
            if self._takes(take(columns, slice(start, middle))):
                start = middle
            else:
                stop = middle
        return start

    def _takes(self, columns: Columns) -> bool:
        try:
            self._predict(columns)
        except ValueError:
            return False
        return True


def _says_not_finite(error: ValueError) -> bool:
    """Recognise how scikit-learn refuses a null it was not taught, and what overflows single precision."""
    words = str(error)
    return words.startswith("Input ") and ("contains NaN" in words or "contains infinity" in words)
