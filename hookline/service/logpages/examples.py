"""What the documentation shows of the log: one prediction, its truth, and the quality that came of many."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hookline.predlog.query.quality import Cell, Quality
from hookline.predlog.query.scores import Errors
from hookline.service.examples import EXAMPLE_ID, Examples, Shown
from hookline.service.model import ServedModel

__all__ = ["log_examples"]

_AT = "2026-01-31T12:00:00.000000Z"
_START = 1_769_817_600_000_000
_DAY = 86_400_000_000
_PREDICTIONS, _RIGHT, _WRONG = 200, 90, 10
_ERRORS = Errors(100, 40.0, 25.0, 5.0, 1000.0, 12_000.0)


def log_examples(model: ServedModel, examples: Examples, id_name: str) -> dict[str, Shown]:
    """Return what is shown of each of the log's paths."""
    truth = 1.5 if model.task == "regression" else model.classes[0]
    taken = {"truth_id": f"{EXAMPLE_ID[:-1]}f", "matched": True}
    return {
        "/api/logs": Shown(
            {"records": [_record(model, examples.rows[0], id_name, truth)], "next": None, "stopped": False}
        ),
        "/api/quality": Shown(_quality(model).as_json()),
        "/api/feedback": Shown(
            {"accepted": 1, "matched": 1, "held": 0, "unknown_classes": [], "truths": [taken]},
            [{"prediction_id": EXAMPLE_ID, "actual": truth}],
        ),
    }


def _record(model: ServedModel, row: dict[str, Any], id_name: str, truth: Any) -> dict[str, Any]:
    return {
        "kind": "prediction",
        "prediction_id": EXAMPLE_ID,
        "request_id": "5f0c2d8e1a7b-1",
        "row": 0,
        "at": _AT,
        "model_id": model.model_id,
        "model_version": model.version,
        "model_created": model.created,
        "door": "predictions",
        "id": row.get(id_name),
        "features": {f.name: row[f.name] for f in model.contract if f.log == "raw"},
        "value" if model.task == "regression" else "class_name": truth,
        "ms": 0.3,
        "actual": truth,
    }


def _quality(model: ServedModel) -> Quality:
    cell = Cell(_PREDICTIONS)
    if model.task == "regression":
        cell.errors = _ERRORS
    else:
        first, last = model.classes[0], model.classes[-1]
        cell.pairs = Counter({(first, first): _RIGHT, (first, last): _WRONG})
    return Quality(_START, _DAY, 1, {model.version: [cell]}, cell.known, 0)
