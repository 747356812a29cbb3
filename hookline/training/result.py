"""What a training came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hookline.contract.conform import Violation
from hookline.models.manifest import Manifest
from hookline.training.metric import Metric, metrics_plain

__all__ = ["TrainResult", "violation_plain"]


@dataclass(frozen=True, slots=True)
class TrainResult:
    """Hold the published version and how it did."""

    manifest: Manifest
    path: Path
    current: bool
    """Whether the service will use it."""
    metrics: tuple[Metric, ...]
    """On rows the measured model had not seen."""
    holdout_rows: int
    violations: tuple[Violation, ...] = ()
    remarks: tuple[str, ...] = ()
    """Sentences that deserve a look."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took."""

    def plain(self) -> dict[str, Any]:
        """Return what `hookline train --json` prints; the keys are documented in docs/training.md."""
        manifest = self.manifest
        return {
            "version": manifest.version,
            "model_id": manifest.model_id,
            "created": manifest.created,
            "path": str(self.path),
            "current": self.current,
            "task": manifest.task,
            "classes": list(manifest.classes) if manifest.classes else None,
            "rows": {"trained": manifest.data.rows, "holdout": self.holdout_rows},
            "fingerprint": manifest.data.fingerprint,
            "metrics": metrics_plain(self.metrics),
            "predictor": "compiled" if _stands_alone(manifest) else "native",
            "reason": manifest.compiled.reason,
            "violations": [violation_plain(violation) for violation in self.violations],
            "remarks": list(self.remarks),
            "seconds": {step: round(seconds, 3) for step, seconds in self.seconds.items()},
        }


def _stands_alone(manifest: Manifest) -> bool:
    return manifest.compiled.adopted and manifest.compiled.scope == "whole"


def violation_plain(violation: Violation) -> dict[str, Any]:
    """Return a violation as plain data."""
    return {
        "feature": violation.feature,
        "rule": violation.rule,
        "count": violation.count,
        "examples": [{"row": row, "value": value} for row, value in violation.examples],
    }
