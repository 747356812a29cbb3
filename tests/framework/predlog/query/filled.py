"""Fill embedded logs by the real sink."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hookline.predlog.query.times import text_of
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.sinks.sqlite.sink import SqliteSink

__all__ = ["START", "fill", "prediction", "predictions", "truth"]

START = 1_763_000_000_000_000
SECOND = 1_000_000


def prediction(number: int, **words: Any) -> dict[str, Any]:
    """Make a record; the later its number, the younger it is."""
    return {
        "kind": "prediction",
        "prediction_id": f"p-{number:08d}",
        "request_id": f"r-{number}",
        "row": 0,
        "at": text_of(START + number * SECOND),
        "model_id": "m",
        "model_version": "v1",
        "model_created": "2026-01-01T00:00:00Z",
        "door": "predictions",
        "id": None,
        "features": {"size": number, "plan": "basic"},
        "class_name": "small",
        "probabilities": {"small": 0.75, "large": 0.25},
        "ms": 1.5,
    } | words


def predictions(count: int) -> list[dict[str, Any]]:
    """Make records of three classes, two versions one after the other, and ten callers; some are flagged."""
    return [
        prediction(
            number,
            class_name=("small", "large", "huge")[number % 3],
            model_version="v1" if number < count // 2 else "v2",
            id=f"c{number % 10}",
            **({"flags": ["unknown:plan"]} if number % 50 == 0 else {}),
        )
        for number in range(count)
    ]


def truth(number: int, actual: Any, **words: Any) -> dict[str, Any]:
    """Make a truth of prediction `number`, or of whatever `words` name."""
    at = words.pop("at", START + 10_000 * SECOND)
    return {
        "kind": "truth",
        "truth_id": f"t-{number:08d}",
        "at": text_of(at),
        "prediction_id": f"p-{number:08d}",
        "id": None,
        "actual": actual,
        "request_id": "r",
    } | words


def fill(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """Put records into the database."""
    records = list(records)
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() for record in records]
    sink = SqliteSink(path)
    sink.deliver(Batch("w", records, Position(1, 0), Position(1, 1), lines))
    sink.close()
    return path
