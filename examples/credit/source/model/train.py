"""Yours: from raw columns to a fitted model."""

from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from hookline import Preprocessor as BasePreprocessor


class Preprocessor(BasePreprocessor):
    # Example
    def __init__(self) -> None:
        numbers = ["income", "amount", "months", "burden"]
        gaps = ["savings", "employed_years"]
        words = ["postcode", "purpose", "home"]
        # What is not named here, the e-mail address above all, is not shown to the model.
        self.columns = ColumnTransformer(
            [
                ("numbers", StandardScaler(), numbers),
                (
                    "gaps",
                    make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
                    gaps,
                ),
                ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words),
                ("flags", "passthrough", ["first_credit"]),
            ]
        )

    def fit_X(self, X: pd.DataFrame) -> None:
        self.columns.fit(with_reckoned(X))

    def process_X(self, X: pd.DataFrame) -> Any:
        return self.columns.transform(with_reckoned(X))

    # End Example


# Example
def with_reckoned(X: pd.DataFrame) -> pd.DataFrame:
    """Add what has to be reckoned from several columns; a copy, for X is used again."""
    days = (X["applied_on"] - X["employed_since"]).dt.days
    return X.assign(employed_years=days / 365.25, burden=X["amount"] / X["months"] / (X["income"] + 1.0))


# End Example


def train_model(X_processed: Any, y_processed: Any) -> Any:
    # Example
    # Few fail to pay: weighted, their rows count as much as all the others.
    return LogisticRegression(class_weight="balanced", max_iter=1000).fit(X_processed, y_processed)
    # End Example


def get_classes(model: Any) -> list[str]:
    # Example
    return list(model.classes_)
    # End Example
