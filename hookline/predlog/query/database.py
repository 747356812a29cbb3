"""Read-only connections to the embedded log. Who reads can neither change it nor hold up who writes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hookline.config import Settings
from hookline.errors import LogUnreadableError, NoLogError
from hookline.predlog.places import Places
from hookline.predlog.sinks.sqlite.schema import migrate

__all__ = ["database_of", "nothing_yet", "reading"]


def database_of(settings: Settings, root: Path) -> Path:
    """Return the path of the embedded log, if the settings let there be one."""
    log = settings.prediction_log
    for key, there in (("enabled", log.enabled), ("embedded", log.embedded)):
        if not there:
            raise NoLogError(
                f"prediction_log.{key} is false, so no predictions are kept here; "
                "set it to true in config.yaml"
            )
    return Places.of(settings, root).database


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend a connection that reads one moment of the log, and translate what goes wrong."""
    if not path.exists():
        raise NoLogError(
            f"no prediction is in the log's database yet: there is no {path}; it comes within seconds of the "
            "first prediction of a service that runs (`hookline serve`)"
        )
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2, isolation_level=None
        )
        with contextlib.closing(connection):
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("BEGIN")
            _require_schema(connection, path)
            yield connection
    except sqlite3.DatabaseError as error:
        raise LogUnreadableError(
            f"{path} cannot be read: {error}; `hookline logs verify` looks into it"
        ) from error


@contextlib.contextmanager
def nothing_yet() -> Iterator[sqlite3.Connection]:
    """Lend a log that holds nothing: what there is before the first record is shipped."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, "an empty log")
        yield connection


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not version:
        raise NoLogError(
            f"no prediction is in the log's database yet: {path} is empty; one that was just made comes "
            "within seconds, so make one or ask again"
        )
