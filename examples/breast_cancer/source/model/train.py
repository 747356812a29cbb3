"""Yours: from raw columns to a fitted model."""

from typing import Any

import pandas as pd
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from hookline import Preprocessor as BasePreprocessor

FEATURES = [
    "mean_radius",
    "mean_texture",
    "mean_smoothness",
    "mean_concavity",
    "mean_symmetry",
    "mean_fractal_dimension",
]


class Preprocessor(BasePreprocessor):
    # Example
    def __init__(self) -> None:
        self.transformer = StandardScaler()

    def split_X_y(self, data: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
        return data[FEATURES], data["diagnosis"]

    # End Example


def train_model(X_processed: Any, y_processed: Any) -> Any:
    # Example
    voters = [
        ("linear", LogisticRegression()),
        ("forest", RandomForestClassifier(n_estimators=100, min_samples_leaf=3, random_state=0)),
        ("bayes", GaussianNB()),
    ]
    return VotingClassifier(voters, voting="soft").fit(X_processed, y_processed)
    # End Example


def get_classes(model: Any) -> list[str]:
    # Example
    return list(model.classes_)
    # End Example
