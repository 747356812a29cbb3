"""Yours: from raw columns to a fitted model. Here nothing is fitted: a rule that somebody knows is enough."""

from typing import Any

from hookline import Preprocessor as BasePreprocessor


class Preprocessor(BasePreprocessor):
    """Hand the columns on as they are."""


# Example
class Rule:
    """Be a model: whatever has `predict` is one."""

    def __init__(self) -> None:
        self.start, self.per_km, self.per_parcel = 5.0, 3.3, 3.0

    def predict(self, X: Any) -> Any:
        return (self.start + self.per_km * X["km"] + self.per_parcel * X["parcels"]).to_numpy()


# End Example


def train_model(X_processed: Any, y_processed: Any) -> Any:
    # Example
    return Rule()
    # End Example
