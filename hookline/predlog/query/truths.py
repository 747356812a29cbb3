"""What is known to be true of predictions: told by prediction or by the caller's ID; the newest wins."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hookline.predlog.feedback import Told

__all__ = ["Truth", "matched", "newest_truths", "truths_of"]

_PORTION = 400
"""SQLite takes so many values at once, at the least twice that."""


class Truth(NamedTuple):
    """What somebody told, and when."""

    at: int
    truth_id: str
    actual: Any


def newest_truths(
    connection: sqlite3.Connection, predictions: Sequence[tuple[str, str | None]]
) -> dict[str, Truth]:
    """Return the newest truth of each prediction that has one; they are given by id and the caller's ID."""
    by_prediction = _newest(connection, "prediction_id", [name for name, _ in predictions])
    by_caller = _newest(connection, "id", {caller for _, caller in predictions if caller is not None})
    found = {}
    for name, caller in predictions:
        told = [by_prediction.get(name), by_caller.get(caller) if caller is not None else None]
        if known := [truth for truth in told if truth is not None]:
            found[name] = max(known, key=lambda truth: truth[:2])
    return found


def truths_of(connection: sqlite3.Connection, prediction_id: str, caller: str | None) -> list[Truth]:
    """Return everything that was told of a prediction, newest first."""
    found = connection.execute(
        "SELECT at, truth_id, actual FROM truth WHERE prediction_id = ?1 "
        "UNION SELECT at, truth_id, actual FROM truth WHERE id = ?2 AND prediction_id IS NULL "
        "ORDER BY at DESC, truth_id DESC",
        (prediction_id, caller),
    )
    return [Truth(at, name, json.loads(actual)) for at, name, actual in found]


def _newest(connection: sqlite3.Connection, column: str, names: Iterable[str]) -> dict[str, Truth]:
    names = list(names)
    found: dict[str, Truth] = {}
    own = "" if column == "prediction_id" else "AND prediction_id IS NULL "
    for start in range(0, len(names), _PORTION):
        portion = names[start : start + _PORTION]
        rows = connection.execute(
            f"SELECT {column}, at, truth_id, actual FROM truth "  # noqa: S608 - our words
            f"WHERE {column} IN ({', '.join('?' * len(portion))}) {own}ORDER BY at, truth_id",
            portion,
        )
        found |= {name: Truth(at, truth, json.loads(actual)) for name, at, truth, actual in rows}
    return found


def matched(connection: sqlite3.Connection, truths: Iterable[Told]) -> list[bool]:
    """Tell of each truth whether a prediction is known that it is about."""
    by_prediction = "SELECT 1 FROM prediction WHERE prediction_id = ?"
    by_caller = "SELECT 1 FROM prediction WHERE id = ? LIMIT 1"
    return [
        connection.execute(by_prediction, (one.prediction_id,)).fetchone() is not None
        if one.prediction_id is not None
        else connection.execute(by_caller, (one.id,)).fetchone() is not None
        for one in truths
    ]
