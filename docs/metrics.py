"""Write the reference of the metrics."""

from __future__ import annotations

from hookline.service.metrics import METRICS, Metric

__all__ = ["metrics_reference"]


def metrics_reference() -> str:
    """Return the table, in the order of `METRICS`."""
    return "| metric | kind | labels | what it counts |\n|---|---|---|---|\n" + "\n".join(map(_row, METRICS))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |"
