"""Records → rows of the tables: the columns that people filter by, and the record as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

__all__ = ["TABLES", "Table", "microseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Table(NamedTuple):
    """Say how records of one kind are stored."""

    insert: str
    row: Callable[[Mapping[str, Any], str], tuple[Any, ...]]


def microseconds(at: str) -> int:
    """Return a record's time as microseconds since 1970."""
    return (datetime.fromisoformat(at) - _EPOCH) // _MICROSECOND


def _prediction(record: Mapping[str, Any], line: str) -> tuple[Any, ...]:
    get = record.get
    label, flags = get("class_name"), get("flags")
    return (
        record["prediction_id"],
        microseconds(record["at"]),
        get("request_id"),
        get("row"),
        get("model_id"),
        get("model_version"),
        get("door"),
        get("id"),
        label,
        (get("probabilities") or {}).get(label),
        get("value"),
        f" {' '.join(flags)} " if flags else None,
        get("ms"),
        line,
    )


def _truth(record: Mapping[str, Any], _: str) -> tuple[Any, ...]:
    actual = json.dumps(record["actual"], ensure_ascii=False)
    get = record.get
    at = microseconds(record["at"])
    return record["truth_id"], at, get("prediction_id"), get("id"), actual, get("request_id")


def _model(record: Mapping[str, Any], line: str) -> tuple[Any, ...]:
    at = microseconds(record["at"])
    return record["event_id"], at, record.get("model_id"), record.get("model_version"), line


def _insert(table: str, identity: str, columns: int) -> str:
    # Not INSERT OR IGNORE, which would pass over every other fault of a row as well.
    marks = ", ".join("?" * columns)
    return f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT ({identity}) DO NOTHING"  # noqa: S608 - our words


TABLES: Mapping[str, Table] = {
    "prediction": Table(_insert("prediction", "prediction_id", 14), _prediction),
    "truth": Table(_insert("truth", "truth_id", 6), _truth),
    "model": Table(_insert("model", "event_id", 5), _model),
}
