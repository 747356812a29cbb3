"""The database file, opened by its one writer. A damaged one is moved aside and a new one begun.

Waiting for a person would lose more: the journal would fill up behind a file that takes no records any more.
What was moved aside is kept, with everything that SQLite's own `.recover` needs.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hookline.predlog.sinks.sink import RecordsRefused, SinkUnavailable
from hookline.predlog.sinks.sqlite.schema import migrate

__all__ = ["Database", "aside", "damage", "read_only"]

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_REFUSALS = (
    OverflowError,
    UnicodeError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What SQLite and its driver say about a value; it is no better the next time."""
_PARTS = ("", "-wal", "-shm")


class Database:
    """Hold the one writing connection; open it when it is first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._file = 0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of what is done inside, or nothing of it."""
        with self.connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk has rolled it back already
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection, and translate what goes wrong."""
        try:
            yield self._open()
        except _REFUSALS as error:
            raise RecordsRefused(f"SQLite cannot store it: {error}") from error
        except sqlite3.DatabaseError as error:
            self.close()
            if (getattr(error, "sqlite_errorname", None) or "").startswith(_DAMAGE):
                where = _move_aside(self.path)
                raise SinkUnavailable(
                    f"{self.path} is damaged ({error}); it was moved to {where.name} and a new one is begun; "
                    f"`sqlite3 {where} .recover` shows what can be saved"
                ) from error
            raise SinkUnavailable(f"{self.path} cannot be written: {error}") from error
        except OSError as error:
            raise SinkUnavailable(f"{self.path} cannot be written: {error}") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and _number(self.path) != self._file:
            self.close()
            raise SinkUnavailable(f"{self.path} was moved or deleted meanwhile; a new one is begun")
        if self._connection is None:
            self._connection = _opened(self.path)
            self._file = _number(self.path)
        return self._connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def aside(path: Path) -> list[Path]:
    """List the damaged databases that were moved away from `path`."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(file for file in found if not file.name.endswith(_PARTS[1:]))


def damage(path: Path) -> list[str]:
    """Say what SQLite's own check finds wrong in a database; nothing, if it is whole or not there."""
    if not path.exists():
        return []
    with contextlib.closing(read_only(path)) as connection:
        try:
            found = [str(word) for (word,) in connection.execute("PRAGMA integrity_check(5)")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return [word for word in found if word != "ok"]


def read_only(path: Path) -> sqlite3.Connection:
    """Open a database to look at it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            # Before anything is written: later it would need the whole file to be written anew.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        migrate(connection, str(path))
        connection.execute("PRAGMA journal_mode = WAL")
        # What is committed is on the disk: then, and not before, the journal may let go of it.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {16 * 1024**2}")
    except BaseException:
        connection.close()
        raise
    return connection


def _number(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def _move_aside(path: Path) -> Path:
    where = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    for part in _PARTS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{part}").rename(f"{where}{part}")
    return where
