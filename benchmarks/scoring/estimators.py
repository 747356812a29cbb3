"""The models that both sides ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "random forest": lambda: RandomForestClassifier(n_estimators=100, random_state=0),
    "random forest, n_jobs=-1": lambda: RandomForestClassifier(n_estimators=100, n_jobs=-1, random_state=0),
    "logistic regression": LogisticRegression,
}
