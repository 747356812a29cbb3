"""What the tests of the journal write, and how they read it again."""

from __future__ import annotations

from pathlib import Path

from hookline.predlog.journal.read import read_all, writers
from hookline.predlog.journal.writer import Journal

__all__ = ["Clock", "line", "place_of", "records"]


class Clock:
    """Stand still until told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def line(number: int, size: int = 0) -> bytes:
    return b'{"n":%d,"x":"%b"}\n' % (number, b"x" * size)


def place_of(journal: Journal) -> Path:
    assert journal.place is not None
    return journal.place


def records(folder: Path) -> list[bytes]:
    """Return all records of all writers, in their order."""
    return [record + b"\n" for writer in writers(folder) for record in read_all(writer)]
