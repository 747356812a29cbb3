"""How rows reach a model: as columns, or as the matrix of a graph, which is made much faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows, row_count, take
from hookline.service.rowtype import Row
from hookline.types import Columns, Prediction, Predictor, RowPredictor

__all__ = ["Input", "Intake", "count", "intake_for", "pick"]

Input: TypeAlias = Columns | NDArray[np.float64]


class Intake(Protocol):
    """Take rows in, and have them answered."""

    def read(self, rows: Sequence[Row]) -> Input:
        """Make of valid rows what the model takes."""
        ...

    def predict(self, given: Any, /) -> Prediction:
        """Answer what `read` made."""
        ...


class _ByColumns:
    def __init__(self, predictor: Predictor, contract: Contract) -> None:
        self._contract = contract
        self.predict = predictor.predict

    def read(self, rows: Sequence[Row]) -> Input:
        return columns_from_rows(self._contract, rows)


class _ByMatrix:
    def __init__(self, predictor: RowPredictor) -> None:
        self.read = predictor.encode_rows
        self.predict = predictor.predict_matrix


def intake_for(predictor: Predictor, contract: Contract) -> Intake:
    """Choose the way that the predictor allows."""
    if isinstance(predictor, RowPredictor):
        return _ByMatrix(predictor)
    return _ByColumns(predictor, contract)


def count(given: Input) -> int:
    """Count rows."""
    return len(given) if isinstance(given, np.ndarray) else row_count(given)


def pick(given: Input, rows: NDArray[np.int64]) -> Input:
    """Pick rows."""
    return given[rows] if isinstance(given, np.ndarray) else take(given, rows)
