"""The database's schema: numbered files, each applied once. A change is a new file, never an edit."""

from __future__ import annotations

import sqlite3
from importlib import resources

from hookline.predlog.sinks.sink import SinkUnavailable

__all__ = ["APPLICATION", "NewerDatabaseError", "migrate", "migrations"]

APPLICATION = 0x686F6F6B
"""`hook`: what SQLite's header says the file belongs to."""


class NewerDatabaseError(SinkUnavailable):
    """Say that the database was made by a later hookline."""


def migrations() -> list[tuple[int, str]]:
    """Return number and script of each migration, in order."""
    folder = resources.files(f"{__package__}.migrations")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(int(name.partition("_")[0]), (folder / name).read_text(encoding="utf-8")) for name in files]


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring the database, called `name` in messages, to the newest schema; each step is all or nothing."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = migrations()
    newest = steps[-1][0]
    if version > newest:
        raise NewerDatabaseError(
            f"{name} has schema {version}, and this hookline knows up to {newest}: it was made by a later "
            "version; install that one, or move the file away to begin a new one"
        )
    for number, script in steps:
        if number > version:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {APPLICATION};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )
