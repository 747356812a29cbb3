"""Metrics from counts and sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

__all__ = ["Errors", "classification", "regression"]


@dataclass(frozen=True, slots=True)
class Errors:
    """Hold sums over predicted minus actual values, and over the actual ones."""

    number: int = 0
    absolute: float = 0.0
    squared: float = 0.0
    signed: float = 0.0
    actual: float = 0.0
    actual_squared: float = 0.0

    def plus(self, other: Errors) -> Errors:
        """Add both up."""
        return Errors(
            self.number + other.number,
            self.absolute + other.absolute,
            self.squared + other.squared,
            self.signed + other.signed,
            self.actual + other.actual,
            self.actual_squared + other.actual_squared,
        )


def classification(pairs: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return accuracy, macro F1 and each class's own metrics, from counts of (predicted, actual)."""
    everything = sum(pairs.values())
    predicted: Counter[str] = Counter()
    actual: Counter[str] = Counter()
    for (said, true), count in pairs.items():
        predicted[said] += count
        actual[true] += count
    classes: list[dict[str, Any]] = []
    for name in sorted(predicted.keys() | actual.keys()):
        right = pairs.get((name, name), 0)
        precision, recall = _ratio(right, predicted[name]), _ratio(right, actual[name])
        f1 = _ratio(2 * right, predicted[name] + actual[name])
        classes.append(
            {"class_name": name, "precision": precision, "recall": recall, "f1": f1, "truths": actual[name]}
        )
    right = sum(count for (said, true), count in pairs.items() if said == true)
    scores = [one["f1"] or 0.0 for one in classes]
    return {
        "accuracy": _ratio(right, everything),
        "macro_f1": round(sum(scores) / len(scores), 6) if scores else None,
        "classes": classes,
    }


def regression(errors: Errors) -> dict[str, Any]:
    """Return mean absolute error, root of the mean square, bias and R²; nothing where nothing is known.

    A metric is null where numbers are too large for it.
    """
    if not errors.number:
        return {}
    n = errors.number
    spread = errors.actual_squared - errors.actual * errors.actual / n
    metrics = {
        "mae": errors.absolute / n,
        "rmse": sqrt(errors.squared / n),
        "bias": errors.signed / n,
        "r2": 1 - errors.squared / spread if spread > 1e-12 * max(1.0, errors.actual_squared) else None,
    }
    return {name: _finite(number) for name, number in metrics.items()}


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
