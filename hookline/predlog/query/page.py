"""One page of predictions, newest first, each with the truth that is known of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hookline.predlog.query.filter import Filter
from hookline.predlog.query.truths import Truth, newest_truths
from hookline.predlog.query.walk import FOREVER, Place, Window, windows

__all__ = ["MOST", "Entry", "Page", "entries_of", "newest_page"]

MOST = 1_000
_SECONDS = 0.1
_COLUMNS = "at, prediction_id, id, body"
_BEFORE = "(at < ? OR (at = ? AND prediction_id < ?))"


class Entry(NamedTuple):
    """One prediction: where it stands, its line in the journal, the newest truth."""

    place: Place
    line: str
    truth: Truth | None

    @property
    def record(self) -> dict[str, Any]:
        """Return the record."""
        return dict(json.loads(self.line))


@dataclass(frozen=True, slots=True)
class Page:
    """Hold some predictions and say where the next page begins.

    `next` is None when there is nothing older. `stopped` says that the search ran out of time before the page
    was full: what it looked for is rare, and older ones may be found by going on.
    """

    entries: tuple[Entry, ...]
    next: Place | None
    stopped: bool = False


def newest_page(
    connection: sqlite3.Connection,
    wanted: Filter,
    *,
    before: Place | None = None,
    most: int = 50,
    seconds: float = _SECONDS,
) -> Page:
    """Return the newest `most` predictions that are wanted, of those before a place."""
    if wanted.prediction_id is not None:
        return _one(connection, wanted)
    found: list[tuple[Any, ...]] = []
    newest = FOREVER if wanted.until is None else wanted.until - 1
    if before is not None:
        # A place without a name is where a search stopped: everything of that time was seen.
        newest = min(newest, before.at if before.prediction_id else before.at - 1)
    place, stopped = None, False
    if wanted.rest():
        for window in windows(connection, wanted, newest, seconds):
            found += _rows(connection, wanted, before, window, most + 1 - len(found))
            place, stopped = Place(window.oldest), not window.last
            if len(found) > most:
                break
    else:
        found = _rows(connection, wanted, before, Window(wanted.since or 0, newest, True), most + 1)
    if len(found) > most:
        found = found[:most]
        place, stopped = Place(found[-1][0], found[-1][1]), False
        return Page(entries_of(connection, found), place)
    return Page(entries_of(connection, found), place if stopped else None, stopped)


def _one(connection: sqlite3.Connection, wanted: Filter) -> Page:
    words, values = _where(wanted)
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM prediction WHERE prediction_id = ? AND {words} "  # noqa: S608 - our words
        "AND at >= ? AND at < ?",
        (wanted.prediction_id, *values, wanted.since or 0, wanted.until or FOREVER),
    )
    return Page(entries_of(connection, found.fetchall()), None)


def _where(wanted: Filter) -> tuple[str, list[object]]:
    conditions = [wanted.drive().where, *wanted.rest()]
    values = [value for condition in conditions for value in condition.values]
    return " AND ".join(condition.sql for condition in conditions), values


def _rows(
    connection: sqlite3.Connection,
    wanted: Filter,
    before: Place | None,
    window: Window,
    most: int,
) -> list[tuple[Any, ...]]:
    words, values = _where(wanted)
    if before is not None:
        words += f" AND {_BEFORE}"
        values += [before.at, before.at, before.prediction_id]
    sql = (
        f"SELECT {_COLUMNS} FROM prediction INDEXED BY {wanted.drive().along} "  # noqa: S608 - our words
        f"WHERE {words} AND at BETWEEN ? AND ? ORDER BY at DESC, prediction_id DESC LIMIT ?"
    )
    return connection.execute(sql, (*values, window.oldest, window.newest, most)).fetchall()


def entries_of(connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> tuple[Entry, ...]:
    """Add the truth to rows of time, prediction id, caller's ID and line."""
    rows = list(rows)
    truths = newest_truths(connection, [(row[1], row[2]) for row in rows])
    return tuple(Entry(Place(at, name), line, truths.get(name)) for at, name, _, line in rows)
