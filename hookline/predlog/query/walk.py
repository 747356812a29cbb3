"""Going through matching predictions, newest first, for a bounded time.

A search that no index answers (free text, two conditions at once) goes along the best index in windows of
time and looks at the clock after each. When the time is over it says how far back it came, and the next page
goes on from there: no question is slow, however rare what it looks for.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from typing import NamedTuple

from hookline.errors import LogQueryError
from hookline.predlog.query.filter import Filter

__all__ = ["FIRST", "FOREVER", "Place", "Window", "read_place", "span", "windows"]

FIRST = 500
_MOST = 50_000
FOREVER = 2**62
_PLACE = re.compile(r"(\d{1,18})\.([0-9A-Za-z-]{0,64})")


class Place(NamedTuple):
    """A place between two predictions: before it are the older ones."""

    at: int
    prediction_id: str = ""

    def __str__(self) -> str:
        """Write it as it stands in an address."""
        return f"{self.at}.{self.prediction_id}"


def read_place(text: str) -> Place:
    """Read what `str` wrote."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise LogQueryError("before is not a place that a page named; leave it out to begin at the newest")
    return Place(int(found[1]), found[2])


class Window(NamedTuple):
    """A span of time, both ends within. `last`: there is nothing older to look at."""

    oldest: int
    newest: int
    last: bool


def windows(connection: sqlite3.Connection, wanted: Filter, newest: int, seconds: float) -> Iterator[Window]:
    """Cut the time up to `newest` into windows of few rows each, until there are no more or time is over."""
    end = time.monotonic() + seconds
    oldest, newest = span(connection, wanted, newest)
    drive = wanted.drive()
    size = FIRST
    bound = (
        f"SELECT at FROM prediction INDEXED BY {drive.along} WHERE {drive.where.sql} "  # noqa: S608 - ours
        "AND at BETWEEN ? AND ? ORDER BY at DESC LIMIT 1 OFFSET ?"
    )
    while newest >= oldest:
        began = time.monotonic()
        found = connection.execute(bound, (*drive.where.values, oldest, newest, size)).fetchone()
        window = Window(oldest if found is None else found[0], newest, found is None)
        yield window
        now = time.monotonic()
        if window.last or now > end:
            return
        newest = window.oldest - 1
        # No window is so large that it would last longer than the time that is left.
        size = int(min(2 * size, _MOST, max(FIRST, size * (end - now) / (now - began))))


def span(connection: sqlite3.Connection, wanted: Filter, newest: int) -> tuple[int, int]:
    """Return the time from the first to the last prediction that may match.

    Versions serve one after another, so that of two conditions one often leaves little of the other.
    """
    oldest = wanted.since or 0
    for drive in wanted.drives():
        where = f"FROM prediction INDEXED BY {drive.along} WHERE {drive.where.sql} AND at BETWEEN ? AND ?"
        values = (*drive.where.values, oldest, newest)
        (last,) = connection.execute(f"SELECT max(at) {where}", values).fetchone()
        if last is None:
            return 1, 0
        (first,) = connection.execute(f"SELECT min(at) {where}", values).fetchone()
        oldest, newest = first, last
    return oldest, newest
