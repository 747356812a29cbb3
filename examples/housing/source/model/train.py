"""Yours: from raw columns to a fitted model."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.preprocessing import StandardScaler

from hookline import Preprocessor as BasePreprocessor

NUMBERS = ["rooms", "highway_access", "teacher_ratio", "crime_rate", "centre_km", "tax_rate", "old_share"]


class Preprocessor(BasePreprocessor):
    # Example
    def __init__(self) -> None:
        self.transformer = ColumnTransformer(
            [("numbers", StandardScaler(), NUMBERS), ("flags", "passthrough", ["at_river"])]
        )

    # End Example


def train_model(X_processed: Any, y_processed: Any) -> Any:
    # Example
    model = GradientBoostingRegressor(n_estimators=200, max_depth=3, subsample=0.8, random_state=0)
    return model.fit(X_processed, y_processed)
    # End Example
