"""Rows of the embedded database, removed by the one process that writes there."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from pathlib import Path
from typing import NamedTuple

from hookline.predlog.atomic import replace_file
from hookline.predlog.places import Places

__all__ = ["Requests", "Rows", "erase_rows", "predictions_of"]

_OWN = "SELECT prediction_id FROM prediction WHERE id = ?"


class Rows(NamedTuple):
    """Count what was removed."""

    predictions: int = 0
    truths: int = 0


def predictions_of(connection: sqlite3.Connection, caller: str) -> set[str]:
    """Return the ids of a person's predictions."""
    return {name for (name,) in connection.execute(_OWN, (caller,))}


def erase_rows(connection: sqlite3.Connection, caller: str) -> Rows:
    """Remove a person's rows; what they held is overwritten, in the log of changes too."""
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    try:
        truths = connection.execute(
            f"DELETE FROM truth WHERE id = ?1 OR prediction_id IN ({_OWN.replace('?', '?1')})",  # noqa: S608
            (caller,),
        ).rowcount
        predictions = connection.execute("DELETE FROM prediction WHERE id = ?", (caller,)).rowcount
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("PRAGMA secure_delete = OFF").fetchall()
    return Rows(predictions, truths)


class Requests:
    """Ask the running shipper, the only one who writes to the database, to remove rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def beside(cls, database: Path) -> Requests:
        """Return the requests about a database."""
        return cls(Places(database.parent).erasures)

    def ask(self, caller: str) -> Path:
        """Leave a request; its answer will be the file that is returned."""
        name = uuid.uuid4().hex
        replace_file(self._folder / f"{name}.json", json.dumps({"id": caller}))
        return self._folder / f"{name}.done"

    def serve(self, connection: sqlite3.Connection) -> None:
        """Do what was asked for. The request, which names the person, goes when it is done."""
        for request in sorted(self._folder.glob("*.json")):
            caller = str(json.loads(request.read_bytes())["id"])
            done = erase_rows(connection, caller)
            replace_file(request.with_suffix(".done"), json.dumps(done._asdict()))
            request.unlink()

    @property
    def waiting(self) -> bool:
        """Tell whether anything is asked for."""
        return any(self._folder.glob("*.json"))
