"""Predictions for whoever has time: a rare one is looked for to the end, and new ones as they arrive."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hookline.predlog.query.database import reading
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.page import Entry, entries_of, newest_page
from hookline.predlog.query.walk import Place

__all__ = ["Arrivals", "collect"]


def collect(path: Path, wanted: Filter, most: int) -> list[Entry]:
    """Return the newest `most` predictions that match, however long it takes."""
    found: list[Entry] = []
    before: Place | None = None
    while len(found) < most:
        with reading(path) as connection:
            page = newest_page(connection, wanted, before=before, most=most - len(found))
        found += page.entries
        before = page.next
        if before is None:
            break
    return found


class Arrivals:
    """Follow the log in the order in which records arrive, which is not quite that of their times."""

    def __init__(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._last = 0
        self.begun = False

    def begin(self, connection: sqlite3.Connection, most: int) -> list[Entry]:
        """Return the newest `most`, oldest first; what arrives from now on is `more`."""
        (last,) = connection.execute("SELECT max(rowid) FROM prediction").fetchone()
        self._last, self.begun = last or 0, True
        if not most:
            return []
        return list(reversed(newest_page(connection, self._wanted, most=most).entries))

    def more(self, connection: sqlite3.Connection) -> Iterator[Entry]:
        """Return what has arrived since."""
        conditions = [self._wanted.drive().where, *self._wanted.rest()]
        words = " AND ".join(["rowid > ?", *(one.sql for one in conditions)])
        values: list[Any] = [self._last, *(value for one in conditions for value in one.values)]
        sql = f"SELECT at, prediction_id, id, body, rowid FROM prediction WHERE {words} ORDER BY rowid"  # noqa: S608
        rows = connection.execute(sql, values).fetchall()
        (last,) = connection.execute("SELECT max(rowid) FROM prediction").fetchone()
        self._last = max(self._last, last or 0)
        return iter(entries_of(connection, [row[:4] for row in rows]))
