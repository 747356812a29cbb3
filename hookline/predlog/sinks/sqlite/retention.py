"""What the database lets go of: predictions that are too old, or the oldest when it is too large."""

from __future__ import annotations

import sqlite3
import time

from hookline.predlog.sinks.sqlite.database import Database

__all__ = ["Retention"]

_PORTION = 500
_DAY = 86_400 * 1_000_000


class Retention:
    """Delete in small portions, so that records that arrive never wait long."""

    def __init__(self, database: Database, *, keep_days: float, keep_bytes: int) -> None:
        self._database = database
        self._keep_days = keep_days
        self._keep_bytes = keep_bytes

    def tend(self, seconds: float = 0.1) -> None:
        """Let go of what is due, for about so many seconds."""
        if not (self._keep_days or self._keep_bytes):
            return
        end = time.monotonic() + seconds
        while self._portion() and time.monotonic() < end:
            pass

    def _portion(self) -> bool:
        """Delete a portion; tell whether there was something to delete."""
        with self._database.transaction() as connection:
            gone = self._old(connection)
            if self._keep_bytes and _used(connection) > self._keep_bytes:
                gone += _delete(connection, "prediction", 2**62) or _delete(connection, "truth", 2**62)
        if gone:
            with self._database.connected() as connection:
                # It gives back a page a step, and `execute` takes one step of what has no columns.
                connection.executescript("PRAGMA incremental_vacuum")
        return gone > 0

    def _old(self, connection: sqlite3.Connection) -> int:
        if not self._keep_days:
            return 0
        oldest = int(time.time() * 1_000_000 - self._keep_days * _DAY)
        return sum(_delete(connection, table, oldest) for table in ("prediction", "truth"))


def _delete(connection: sqlite3.Connection, table: str, before: int) -> int:
    """Delete the oldest rows of before a time; return how many."""
    words = (
        f"DELETE FROM {table} WHERE rowid IN "  # noqa: S608 - our words
        f"(SELECT rowid FROM {table} WHERE at < ? ORDER BY at LIMIT {_PORTION})"
    )
    return connection.execute(words, (before,)).rowcount


def _used(connection: sqlite3.Connection) -> int:
    """Return how many bytes of the file hold something."""
    pages, free, size = (
        connection.execute(f"PRAGMA {word}").fetchone()[0]
        for word in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
