"""Yours: from raw columns to a fitted model."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler

from hookline import Preprocessor as BasePreprocessor


class Preprocessor(BasePreprocessor):
    # Example
    def __init__(self) -> None:
        self.transformer = StandardScaler()

    # End Example


def train_model(X_processed: Any, y_processed: Any) -> Any:
    # Example
    model = RandomForestClassifier(n_estimators=100, random_state=0)
    return model.fit(X_processed, y_processed)
    # End Example


def get_classes(model: Any) -> list[str]:
    # Example
    species = ["setosa", "versicolor", "virginica"]
    return [species[label] for label in model.classes_]
    # End Example
