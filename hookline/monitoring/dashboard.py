"""The dashboard in Grafana's words: it asks which data source, job and instance, and is placed row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hookline.config import Settings
from hookline.monitoring.panels import Band, Panel, Query, bands
from hookline.service.metrics import WORKERS

__all__ = ["dashboard"]

_COLUMNS = 24
# The form in which the dashboard is written; Grafana brings it up to its own from there.
_FORM = 39
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboard(settings: Settings) -> dict[str, Any]:
    """Return what Grafana imports, and what a folder of provisioned dashboards holds."""
    return {
        "uid": "hookline",
        "title": "hookline",
        "description": "What prediction services say of themselves. Written by `hookline monitoring export`.",
        "tags": ["hookline"],
        "schemaVersion": _FORM,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source_variable(), _variable("job"), _variable("instance", "job")]},
        "annotations": {"list": [_notes()]},
        "panels": list(_placed(bands(settings))),
    }


def _placed(found: Sequence[Band]) -> Iterator[dict[str, Any]]:
    number = top = 0
    for band in found:
        number += 1
        yield _heading(number, band.title, top)
        top, left = top + 1, 0
        for panel in band.panels:
            if left + panel.width > _COLUMNS:
                left, top = 0, top + panel.height
            number += 1
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            yield {"id": number, "gridPos": place, **_panel(panel)}
            left += panel.width
        top += band.panels[-1].height


def _heading(number: int, title: str, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": _COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(panel: Panel) -> dict[str, Any]:
    defaults = {"unit": panel.unit, "min": 0, "thresholds": _thresholds(panel), "custom": _look(panel)}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.explanation,
        "datasource": _SOURCE,
        "targets": [_target(query, letter) for query, letter in zip(panel.queries, "ABCDEF", strict=False)],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(panel),
    }


def _target(query: Query, letter: str) -> dict[str, Any]:
    legend = query.legend or "__auto"
    return {"refId": letter, "datasource": _SOURCE, "expr": query.expression, "legendFormat": legend}


def _thresholds(panel: Panel) -> dict[str, Any]:
    good, bad = ("red", "green") if panel.below else ("green", "red")
    steps: list[dict[str, Any]] = [{"color": good, "value": None}]
    if panel.limit is not None:
        steps.append({"color": bad, "value": panel.limit})
    return {"mode": "absolute", "steps": steps}


def _look(panel: Panel) -> dict[str, Any]:
    if panel.kind != "timeseries":
        return {}
    return {
        "lineWidth": 1,
        "fillOpacity": 25 if panel.stacked else 8,
        "showPoints": "never",
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "off" if panel.limit is None else "dashed"},
    }


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "timeseries":
        legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    return {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "name" if panel.words else "value",
        "colorMode": "value",
        "graphMode": "none" if panel.words else "area",
    }


def _source_variable() -> dict[str, Any]:
    named = {"name": "datasource", "label": "Data source", "type": "datasource"}
    return {**named, "query": "prometheus", "refresh": 1, "current": {}, "hide": 0}


def _variable(label: str, within: str = "") -> dict[str, Any]:
    chosen = f'{{{within}=~"${within}"}}' if within else ""
    query = f"label_values({WORKERS.name}{chosen}, {label})"
    return {
        "name": label,
        "label": label,
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"selected": True, "text": "All", "value": "$__all"},
        "hide": 0,
    }


def _notes() -> dict[str, Any]:
    return {
        "name": "Annotations & Alerts",
        "type": "dashboard",
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
    }
