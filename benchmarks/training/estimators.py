"""The models that both sides fit, made in one place so that they cannot differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "random forest": lambda: RandomForestClassifier(
        n_estimators=20, max_depth=12, max_samples=0.25, n_jobs=-1, random_state=0
    ),
    "gradient boosting": lambda: HistGradientBoostingClassifier(random_state=0),
}
