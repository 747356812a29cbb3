"""The panels of the dashboard, in the words of Kibana's visualisations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hookline.types import Task

__all__ = ["Panel", "panels"]

_OVER_TIME = {
    "type": "date_histogram",
    "params": {
        "field": "@timestamp",
        "useNormalizedEsInterval": True,
        "interval": "auto",
        "drop_partials": False,
        "min_doc_count": 1,
        "extended_bounds": {},
    },
}
_COUNT = {"type": "count", "params": {}}


@dataclass(frozen=True, slots=True)
class Panel:
    """Be one picture: its first aggregation is the metric, the others split it."""

    name: str
    title: str
    kind: Literal["histogram", "line", "table"]
    aggregations: tuple[Mapping[str, Any], ...]
    stacked: Literal["normal", "percentage"] = "normal"
    query: str = "kind : prediction"
    wide: bool = False

    def fields(self) -> set[str]:
        """Name the fields it needs."""
        named = {aggregation["params"].get("field") for aggregation in self.aggregations}
        return {*named, "kind"} - {None}


def panels(task: Task) -> tuple[Panel, ...]:
    """Return the panels for a task, in their places' order."""
    answer = _classes() if task == "classification" else _values()
    return (
        Panel("volume", "Predictions", "histogram", (_COUNT, _OVER_TIME, _terms("door")), wide=True),
        *answer,
        Panel("latency", "Latency (ms)", "line", (_percentiles("ms"), _OVER_TIME)),
        Panel("versions", "Model versions", "histogram", (_COUNT, _OVER_TIME, _terms("model_version"))),
        Panel("flags", "Flags", "table", (_COUNT, _terms("flags", "bucket"))),
        Panel(
            "models",
            "Models gone live",
            "table",
            (_COUNT, _terms("model_version", "bucket")),
            query="kind : model",
        ),
    )


def _classes() -> tuple[Panel, ...]:
    return (
        Panel(
            "classes",
            "Share of each class",
            "histogram",
            (_COUNT, _OVER_TIME, _terms("class_name")),
            stacked="percentage",
        ),
        Panel("scores", "Score of the best class", "histogram", (_COUNT, _steps("proba_1", 0.05))),
    )


def _values() -> tuple[Panel, ...]:
    return (
        Panel("values", "Predicted value", "line", (_percentiles("value"), _OVER_TIME)),
        Panel("spread", "Spread of the values", "histogram", (_COUNT, _steps("value", "auto"))),
    )


def _terms(field: str, schema: str = "group") -> dict[str, Any]:
    params = {"field": field, "orderBy": "1", "order": "desc", "size": 20, "otherBucket": False}
    return {"type": "terms", "schema": schema, "params": {**params, "missingBucket": False}}


def _steps(field: str, width: float | str) -> dict[str, Any]:
    return {"type": "histogram", "params": {"field": field, "interval": width, "min_doc_count": False}}


def _percentiles(field: str) -> dict[str, Any]:
    return {"type": "percentiles", "params": {"field": field, "percents": [50, 95, 99]}}
