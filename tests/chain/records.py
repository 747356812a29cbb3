"""Records with everything in them that has ever been lost on such a way."""

from __future__ import annotations

from typing import Any

from tests.framework.predlog.writing import prediction

__all__ = ["odd_predictions", "other_records"]

_TEXTS = [
    "Grüße aus Köln",
    "日本語の文字",
    "🦊 👩‍👩‍👧",
    "עברית",
    'quote " backslash \\ tab \t line\nend',
    "\u2028 \u0000 \u007f \ufeff",
    "<script>alert(1)</script>",
    "",
    " ",
    "null",
    "1e5",
    "2026-11-21T12:00:00Z",
    "x" * 5_000,
]
_WHOLE = [0, -1, 2**31, 2**53 - 1, 2**53 + 1, -(2**63), 2**63 - 1]
_NUMBERS = [0.1, -1.5, 5e-324, 1.7976931348623157e308, 1 / 3, 123456789.123456789]


def odd_predictions(**changes: Any) -> list[dict[str, Any]]:
    """Return predictions, one for each odd value; all have the same features."""
    rows: list[dict[str, Any]] = [{"plan": text} for text in _TEXTS]
    rows += [{"whole": whole} for whole in _WHOLE]
    rows += [{"size": number} for number in _NUMBERS]
    rows += [{"plan": None, "whole": None, "size": None, "open": None}, {"open": True}, {"open": False}]
    return [
        prediction(
            row=number,
            at=f"2026-11-21T12:00:{number % 60:02}.{123_456_789 + number}Z",
            features={"size": 1.5, "plan": "basic", "whole": 7, "open": True, **row},
            id=f"person {number}" if number % 3 else None,
            door="proba_predictions" if number % 2 else "predictions",
            flags=["unknown:plan", "default:size"] if number % 2 else [],
            **changes,
        )
        for number, row in enumerate(rows)
    ]


def other_records() -> list[dict[str, Any]]:
    """Return a truth with an answer of each kind, and a model that went live."""
    at = "2026-11-21T12:00:00.000001Z"
    actuals: list[Any] = ["small", 7, 1.5, True]
    truths = [
        {
            "kind": "truth",
            "truth_id": f"truth-{number}",
            "at": at,
            "prediction_id": None,
            "id": "person 1",
            "actual": actual,
            "request_id": "r",
        }
        for number, actual in enumerate(actuals)
    ]
    model = {
        "kind": "model",
        "event_id": "event-1",
        "at": at,
        "model_id": "m",
        "model_version": "v1",
        "model_created": "2026-11-20T08:00:00Z",
        "task": "classification",
        "classes": ["small", "Größe"],
    }
    return [*truths, model]
