"""Golden rows: a few rows with their answers, which a loaded model must reproduce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows, row_count, rows_from_columns, take
from hookline.errors import HooklineError, ModelError, UnsafeModelError
from hookline.hooks.call import in_words
from hookline.models.strictjson import json_bytes, read_json
from hookline.types import Columns, Prediction, Predictor

__all__ = ["TOLERANCE", "GoldenRows"]

TOLERANCE = {"native": 1e-9, "compiled": 1e-5}
"""How far a number may be from the golden one, absolutely or relatively, whichever is more.

A native model is the same code on the same numbers; only threads that add in another order are forgiven.
"""
_ANSWERS: tuple[tuple[str, Any], ...] = (
    ("labels", np.int64),
    ("probabilities", np.float64),
    ("values", np.float64),
)


@dataclass(frozen=True)
class GoldenRows:
    """Hold columns and the answers to them."""

    columns: Columns
    prediction: Prediction

    @classmethod
    def make(cls, contract: Contract, columns: Columns, prediction: Prediction) -> Self:
        """Keep the rows that JSON can hold: an infinite input is left out."""
        kept = np.ones(row_count(columns), dtype=np.bool_)
        for feature in contract:
            if feature.dtype == np.float64:
                kept &= ~np.isinf(columns[feature.name])
        if not kept.any():
            raise ModelError(
                "there are no golden rows: every row given holds an infinite number; clean the data"
            )
        answers = {name: _picked(getattr(prediction, name), kept) for name, _ in _ANSWERS}
        return cls(take(columns, kept), Prediction(**answers))

    def to_bytes(self, contract: Contract) -> bytes:
        """Write golden.json."""
        given = {name: getattr(self.prediction, name) for name, _ in _ANSWERS}
        answers = {name: array.tolist() for name, array in given.items() if array is not None}
        return json_bytes(
            {"format": 1, "rows": rows_from_columns(contract, self.columns), "answers": answers}
        )

    @classmethod
    def from_bytes(cls, data: bytes, contract: Contract) -> Self:
        """Read golden.json; anything odd in it means that the model cannot be checked, so it is refused."""
        plain = read_json(data, name="golden.json")
        try:
            rows, given = plain["rows"], plain["answers"]
            if plain["format"] != 1 or not rows or any(set(row) != set(contract.names) for row in rows):
                raise ValueError("its rows are not rows of the contract")  # noqa: TRY301 - one sentence for all of it
            answers = {name: np.array(given[name], dtype=kind) for name, kind in _ANSWERS if name in given}
            golden = cls(columns_from_rows(contract, rows), Prediction(**answers))
            golden._require_whole(contract)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UnsafeModelError(f"golden.json is unusable ({error}); train again") from error
        return golden

    def require_classes(self, classes: int) -> None:
        """Refuse answers that name classes the version does not have."""
        labels, probabilities = self.prediction.labels, self.prediction.probabilities
        wide = probabilities is not None and probabilities.shape[1:] != (classes,)
        if wide or (labels is not None and not (labels.min() >= 0 and labels.max() < classes)):
            raise UnsafeModelError(f"golden.json does not fit the version's {classes} classes; train again")

    def verify(self, predictor: Predictor, *, tolerance: float | None = None) -> None:
        """Let the predictor answer the golden rows; refuse it unless it reproduces them."""
        try:
            came = predictor.predict(self.columns)
        except HooklineError:
            raise
        except Exception as error:
            raise UnsafeModelError(
                f"the model fails on its golden rows ({in_words(error)}); train again"
            ) from error
        tolerance = TOLERANCE[predictor.kind] if tolerance is None else tolerance
        self._require_labels(came.labels)
        for name in ("probabilities", "values"):
            self._require_close(name, getattr(self.prediction, name), getattr(came, name), tolerance)

    def _require_whole(self, contract: Contract) -> None:
        count = row_count(self.columns)
        answers = self.prediction
        needed = answers.labels if contract.task == "classification" else answers.values
        if needed is None:
            raise ValueError("the answers are missing")
        for array in (answers.labels, answers.probabilities, answers.values):
            if array is not None and len(array) != count:
                raise ValueError(f"it has {count} rows and {len(array)} answers")

    def _require_labels(self, came: NDArray[np.int64] | None) -> None:
        wanted = self.prediction.labels
        if wanted is None:
            return
        if came is None or came.shape != wanted.shape:
            raise _differs("labels", "there are none, or not one per row")
        wrong = np.flatnonzero(came != wanted)
        if len(wrong):
            row = int(wrong[0])
            raise _differs("labels", f"row {row}: class {wanted[row]} was {came[row]} now")

    def _require_close(
        self, name: str, wanted: NDArray[Any] | None, came: NDArray[Any] | None, tolerance: float
    ) -> None:
        if wanted is None:
            return
        if came is None or came.shape != wanted.shape:
            raise _differs(name, "there are none, or not one per row")
        far = np.abs(came - wanted) > tolerance * np.maximum(1.0, np.abs(wanted))
        far |= np.isnan(came) != np.isnan(wanted)
        if far.any():
            row = int(np.argwhere(far)[0][0])
            raise _differs(name, f"row {row}: {wanted[row].tolist()} was {came[row].tolist()} now")


def _picked(array: NDArray[Any] | None, kept: NDArray[np.bool_]) -> NDArray[Any] | None:
    return None if array is None else array[kept]


def _differs(what: str, how: str) -> UnsafeModelError:
    return UnsafeModelError(
        f"the model does not reproduce the {what} of its golden rows ({how}); "
        "check that libraries and source/ are those it was trained with, or train again"
    )
