"""The shapes that modules agree on: the hooks as Protocols, columns, predictions, predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Columns",
    "DataLoaderHook",
    "Prediction",
    "Predictor",
    "PredictorKind",
    "PreprocessorHook",
    "RowPredictor",
    "Task",
]

Task: TypeAlias = Literal["classification", "regression"]
PredictorKind: TypeAlias = Literal["compiled", "native"]

Columns: TypeAlias = Mapping[str, NDArray[Any]]
"""One array per feature, in the contract's order, all of one length.

The dtype follows from the feature alone, never from the values, so training and requests agree:
float64 (NaN is null) for float and for nullable int and bool; int64; bool; object holding str or None
for category and string; datetime64[us] in UTC (NaT is null).
"""


class DataLoaderHook(Protocol):
    """Read the training data."""

    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        """Return all features and the target in one frame; at most `n_rows` rows if given."""


class PreprocessorHook(Protocol):
    """Turn raw frames into model input."""

    def split_X_y(self, data: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
        """Split the loaded frame into features and target."""

    def fit_X(self, X: pd.DataFrame) -> None:
        """Learn what `process_X` needs."""

    def process_X(self, X: pd.DataFrame) -> Any:
        """Turn a frame into model input."""

    def fit_y(self, y: Any) -> None:
        """Learn what `process_y` needs."""

    def process_y(self, y: Any) -> Any:
        """Turn the target into what the model is trained on."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Hold the answers for some rows.

    Classification fills `labels` (positions in the model's classes) and, where the model gives them,
    `probabilities` (a row per row, a column per class). Regression fills `values`.
    """

    labels: NDArray[np.int64] | None = None
    probabilities: NDArray[np.float64] | None = None
    values: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """Count the rows."""
        answers = self.values if self.labels is None else self.labels
        return 0 if answers is None else len(answers)


@runtime_checkable
class Predictor(Protocol):
    """Answer columns. Safe to call from several threads at once."""

    @property
    def kind(self) -> PredictorKind:
        """Name the way of computing."""

    def predict(self, columns: Columns) -> Prediction:
        """Answer every row of `columns`."""

    def close(self) -> None:
        """Release what the predictor holds."""


@runtime_checkable
class RowPredictor(Predictor, Protocol):
    """Be a predictor that answers valid rows without columns in between, by way of a matrix."""

    def encode_rows(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Make the matrix."""

    def predict_matrix(self, matrix: NDArray[np.float64]) -> Prediction:
        """Answer every row of a matrix."""
