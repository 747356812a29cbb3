"""Base classes with defaults, so that a hook file holds only what is special about the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DataLoader", "Preprocessor"]


class DataLoader:
    """Read the training data. Written by the user in source/data/data_loader.py."""

    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        """Return all features and the target in one frame.

        Called once per training, and by `hookline check` with a small `n_rows`; never while serving.
        With `n_rows`, return at most that many rows.
        """
        raise NotImplementedError("load_data is not written yet")


class Preprocessor:
    """Turn raw frames into model input. Written by the user in source/model/train.py.

    A subclass that keeps its work in a scikit-learn transformer names it in the attribute `transformer`;
    that is what lets hookline compile it into the model's graph.
    """

    target_label: str | None = None
    """Filled by hookline from features.yaml before the first call."""

    def split_X_y(self, data: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
        """Split the loaded frame into features and target. Called once per training."""
        return data.drop(columns=[self.target_label]), data[self.target_label]

    def fit_X(self, X: pd.DataFrame) -> None:
        """Learn what `process_X` needs. Called with the training part, before `process_X`."""
        transformer = getattr(self, "transformer", None)
        if transformer is not None:
            transformer.fit(X)

    def process_X(self, X: pd.DataFrame) -> Any:
        """Turn a frame into model input.

        Called on training frames and on request frames of identical columns and dtypes, often of one row;
        must return one row of model input per row.
        """
        transformer = getattr(self, "transformer", None)
        return X if transformer is None else transformer.transform(X)

    def fit_y(self, y: Any) -> None:
        """Learn what `process_y` needs. Called once per training."""

    def process_y(self, y: Any) -> Any:
        """Turn the target into what the model is trained on. Called during training only."""
        return y
