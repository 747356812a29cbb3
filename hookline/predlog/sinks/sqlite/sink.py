"""The sink that stores records in the embedded database, each once: the cursor moves with the records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hookline.predlog.erase.rows import Requests
from hookline.predlog.sinks.sink import Batch, RecordsRefused
from hookline.predlog.sinks.sqlite.cursors import SqliteCursors, advance
from hookline.predlog.sinks.sqlite.database import Database
from hookline.predlog.sinks.sqlite.retention import Retention
from hookline.predlog.sinks.sqlite.rows import TABLES

__all__ = ["SqliteSink"]


class SqliteSink:
    """Store records in SQLite; be the only one who writes there."""

    name = "sqlite"

    def __init__(self, path: Path, *, keep_days: float = 0, keep_bytes: int = 0) -> None:
        self._database = Database(path)
        self._retention = Retention(self._database, keep_days=keep_days, keep_bytes=keep_bytes)
        self._erasures = Requests.beside(path)
        self.cursors = SqliteCursors(self._database)

    def deliver(self, batch: Batch) -> None:
        """Store a batch and move the cursor, both or neither."""
        rows = _rows(batch)
        with self._database.transaction() as connection:
            for kind, values in rows.items():
                connection.executemany(TABLES[kind].insert, values)
            advance(connection, batch)

    def tend(self) -> None:
        """Let go of what is too old or too much, and of what somebody asked to be erased."""
        if self._erasures.waiting:
            with self._database.connected() as connection:
                self._erasures.serve(connection)
        self._retention.tend()

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _rows(batch: Batch) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    bad: dict[int, str] = {}
    for place, (record, line) in enumerate(zip(batch.records, batch.lines, strict=True)):
        kind = record.get("kind")
        try:
            rows.setdefault(str(kind), []).append(TABLES[str(kind)].row(record, line.decode()))
        except KeyError as error:
            bad[place] = f"it has no {error}" if kind in TABLES else f"records of kind {kind!r} are unknown"
        except (TypeError, ValueError, AttributeError) as error:
            bad[place] = f"it is not a {kind} record: {error}"
    if bad:
        raise RecordsRefused(next(iter(bad.values())), tuple(bad))
    return rows
