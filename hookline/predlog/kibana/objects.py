"""Kibana's saved objects: a data view, what Discover shows, the panels and their dashboard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hookline.contract import Contract
from hookline.predlog.kibana.panels import Panel, panels
from hookline.predlog.kibana.template import PATTERN, feature_fields

__all__ = ["DATA_VIEW", "saved_objects"]

DATA_VIEW = "hookline-fluentd"
"""The id of the data view; the setup job makes it the default."""

# The form in which the objects are written; Kibana brings them up to its own from there.
_FORMS = {"index-pattern": "7.11.0", "search": "7.9.3", "visualization": "7.14.0", "dashboard": "7.14.0"}
_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
_COLUMNS = 48
_HEIGHT = 12


def saved_objects(contract: Contract, *, name: str) -> list[dict[str, Any]]:
    """Return the objects for `POST api/saved_objects/_import`; every reference is among them."""
    shown = panels(contract.task)
    return [_data_view(), _discover(contract, name), *map(_visualisation, shown), _dashboard(shown, name)]


def _data_view() -> dict[str, Any]:
    # The type keeps its older name in the interface of every version.
    return _saved("index-pattern", DATA_VIEW, {"title": PATTERN, "timeFieldName": "@timestamp"}, [])


def _discover(contract: Contract, name: str) -> dict[str, Any]:
    answer = ["class_name", "proba_1"] if contract.task == "classification" else ["value"]
    attributes = {
        "title": f"{name}: predictions",
        "columns": ["model_version", "id", *answer, *list(feature_fields(contract))[:8], "flags"],
        "sort": [["@timestamp", "desc"]],
        "kibanaSavedObjectMeta": {"searchSourceJSON": _source("kind : prediction")},
    }
    return _saved("search", "hookline-predictions", attributes, [_index()])


def _visualisation(panel: Panel) -> dict[str, Any]:
    aggregations = [
        {
            "id": str(number),
            "enabled": True,
            "schema": "metric" if number == 1 else "segment",
            **aggregation,
        }
        for number, aggregation in enumerate(panel.aggregations, start=1)
    ]
    state = {"title": panel.title, "type": panel.kind, "aggs": aggregations, "params": _look(panel)}
    attributes = {
        "title": panel.title,
        "description": "",
        "version": 1,
        "uiStateJSON": "{}",
        "visState": json.dumps(state),
        "kibanaSavedObjectMeta": {"searchSourceJSON": _source(panel.query)},
    }
    return _saved("visualization", f"hookline-{panel.name}", attributes, [_index()])


def _dashboard(shown: Sequence[Panel], name: str) -> dict[str, Any]:
    placed, references = [], []
    left = top = 0
    for number, panel in enumerate(shown, start=1):
        width = _COLUMNS if panel.wide else _COLUMNS // 2
        placed.append(
            {
                "version": _FORMS["dashboard"],
                "type": "visualization",
                "panelIndex": str(number),
                "panelRefName": f"panel_{number}",
                "gridData": {"x": left, "y": top, "w": width, "h": _HEIGHT, "i": str(number)},
                "embeddableConfig": {},
            }
        )
        references.append(
            {"name": f"{number}:panel_{number}", "type": "visualization", "id": f"hookline-{panel.name}"}
        )
        left += width
        if left >= _COLUMNS:
            left, top = 0, top + _HEIGHT
    attributes = {
        "title": f"{name}: prediction log",
        "description": "Volume, answers, latency and versions. Written by `hookline kibana export`.",
        "version": 1,
        "panelsJSON": json.dumps(placed),
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": "now-24h",
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": 10_000},
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": json.dumps({"query": {"query": "", "language": "kuery"}, "filter": []})
        },
    }
    return _saved("dashboard", "hookline-dashboard", attributes, references)


def _look(panel: Panel) -> dict[str, Any]:
    if panel.kind == "table":
        return {"perPage": 10, "showTotal": False, "showToolbar": True, "totalFunc": "sum"}
    axis = {"show": True, "style": {}, "labels": {"show": True, "filter": True, "truncate": 100}, "title": {}}
    series = {
        "show": True,
        "type": panel.kind,
        "mode": "normal" if panel.kind == "line" else "stacked",
        "data": {"id": "1", "label": panel.title},
        "valueAxis": "ValueAxis-1",
        "drawLinesBetweenPoints": True,
        "lineWidth": 2,
        "showCircles": True,
    }
    category = {**axis, "id": "CategoryAxis-1", "type": "category", "position": "bottom"}
    value = {**axis, "id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "left"}
    return {
        "type": panel.kind,
        "addTooltip": True,
        "addLegend": True,
        "legendPosition": "right",
        "grid": {"categoryLines": False},
        "categoryAxes": [{**category, "scale": {"type": "linear"}}],
        "valueAxes": [{**value, "scale": {"type": "linear", "mode": panel.stacked}}],
        "seriesParams": [series],
        "labels": {"show": False},
        "times": [],
        "addTimeMarker": False,
    }


def _source(query: str) -> str:
    plain = {"query": {"query": query, "language": "kuery"}, "filter": [], "indexRefName": _INDEX}
    return json.dumps(plain)


def _index() -> dict[str, str]:
    return {"name": _INDEX, "type": "index-pattern", "id": DATA_VIEW}


def _saved(
    kind: str, name: str, attributes: dict[str, Any], references: list[dict[str, str]]
) -> dict[str, Any]:
    form = {"migrationVersion": {kind: _FORMS[kind]}}
    return {"id": name, "type": kind, "attributes": attributes, "references": references, **form}
