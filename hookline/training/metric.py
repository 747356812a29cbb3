"""One number about a model, beside the same number of a baseline that learned nothing from the features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["TITLES", "Metric", "Scores", "compare", "metrics_plain"]

Scores = dict[str, float | None]
"""Numbers by metric; None where the metric does not exist for these answers."""

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1_macro": "F1 (macro)",
    "f1_weighted": "F1 (weighted)",
    "roc_auc": "ROC-AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "calibration error",
    "mae": "MAE",
    "rmse": "RMSE",
    "r2": "R²",
    "mape": "MAPE",
}
_HIGHER_IS_BETTER = {"accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "roc_auc", "r2"}
# Always answering the class shares is perfectly calibrated and useless: no comparison can be read from it.
_NOT_COMPARED = {"ece"}
_SAME = 1e-12

Verdict = Literal["better", "same", "worse"]


@dataclass(frozen=True, slots=True)
class Metric:
    """Hold what the model and the baseline reach on the holdout."""

    name: str
    value: float | None
    baseline: float | None

    @property
    def title(self) -> str:
        """Return the name that people read."""
        return TITLES[self.name]

    @property
    def verdict(self) -> Verdict | None:
        """Tell whether the model beats the baseline; None where that cannot be said."""
        if self.value is None or self.baseline is None or self.name in _NOT_COMPARED:
            return None
        gain = self.value - self.baseline
        if abs(gain) <= _SAME:
            return "same"
        return "better" if (gain > 0) == (self.name in _HIGHER_IS_BETTER) else "worse"


def compare(model: Scores, baseline: Scores) -> tuple[Metric, ...]:
    """Put two sets of scores beside each other."""
    return tuple(Metric(name, _finite(value), _finite(baseline.get(name))) for name, value in model.items())


def metrics_plain(metrics: tuple[Metric, ...]) -> dict[str, dict[str, Any]]:
    """Return the metrics as the plain data of the manifest and of `--json`."""
    return {m.name: {"model": m.value, "baseline": m.baseline, "verdict": m.verdict} for m in metrics}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
