"""The sink that stores records in the embedded database. Exactly once: the cursor is moved with the records."""

from __future__ import annotations

from pathlib import Path

from hookline.predlog.sinks.sink import Batch

__all__ = ["SqliteSink"]


class SqliteSink:
    """Store records in SQLite."""

    name = "sqlite"

    def __init__(self, path: Path, *, keep_days: float = 0, keep_bytes: int = 0) -> None:
        self._path = path
        self._keep_days = keep_days
        self._keep_bytes = keep_bytes

    def deliver(self, batch: Batch) -> None:
        """Store a batch and move the cursor, both or neither."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the database."""
