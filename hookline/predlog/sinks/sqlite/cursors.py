"""The cursors of the embedded log, which live beside the records they are about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from hookline.predlog.cursor import Cursor
from hookline.predlog.sinks.sink import Batch
from hookline.predlog.sinks.sqlite.database import Database

__all__ = ["SqliteCursors", "advance", "load"]

_COLUMNS = 'writer, segment, "offset", delivered, dead_lettered, skipped'
_SAVE = f"INSERT OR REPLACE INTO cursor ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - our words
_ADVANCE = """
INSERT INTO cursor (writer, segment, "offset", delivered) VALUES (?, ?, ?, ?)
ON CONFLICT (writer) DO UPDATE SET segment = excluded.segment, "offset" = excluded."offset",
    delivered = delivered + excluded.delivered
"""


def load(connection: sqlite3.Connection) -> dict[str, Cursor]:
    """Read the cursors; any connection will do."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM cursor")  # noqa: S608 - our words
    return {writer: Cursor(*numbers) for writer, *numbers in found}


def advance(connection: sqlite3.Connection, batch: Batch) -> None:
    """Move the cursor behind a batch, in the transaction that stores it."""
    connection.execute(_ADVANCE, (batch.writer, *batch.end, len(batch)))


class SqliteCursors:
    """Keep cursors in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self) -> dict[str, Cursor]:
        """Return the cursor of every writer that has one."""
        with self._database.connected() as connection:
            return load(connection)

    def save(self, changed: Mapping[str, Cursor], forgotten: Iterable[str] = ()) -> None:
        """Keep these from now on and forget others, all or nothing."""
        with self._database.transaction() as connection:
            for writer, cursor in changed.items():
                numbers = (
                    cursor.segment,
                    cursor.offset,
                    cursor.delivered,
                    cursor.dead_lettered,
                    cursor.skipped,
                )
                connection.execute(_SAVE, (writer, *numbers))
            connection.executemany("DELETE FROM cursor WHERE writer = ?", [(writer,) for writer in forgotten])
