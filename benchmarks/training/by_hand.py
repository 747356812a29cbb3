"""Load, split, fit, score, fit again on everything, save: what a person writes in a notebook."""

from __future__ import annotations

import sys

import joblib
import pandas as pd
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.training.estimators import ESTIMATORS


def main(data: str, name: str, target: str) -> None:
    """Do it."""
    frame = pd.read_parquet(data)
    X, y = frame.drop(columns="label"), frame["label"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
    model = make_pipeline(StandardScaler(), ESTIMATORS[name]()).fit(X_train, y_train)
    print(accuracy_score(y_test, model.predict(X_test)))
    del X_train, X_test, model
    joblib.dump(make_pipeline(StandardScaler(), ESTIMATORS[name]()).fit(X, y), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
