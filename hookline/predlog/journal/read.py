"""A journal as others see it: its writers, whether they live, and the records that hold.

What a living writer has written is not yet a record: it may take it back, if the rest does not go in. So its
journal is read up to the place it names in `counts`, and no further. A dead one takes nothing back; its
journal is read to the last newline, because it may have died before it could name the place.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hookline.predlog.expand import records
from hookline.predlog.journal.counts import read_counts
from hookline.predlog.sinks.sink import Position

__all__ = [
    "LOCK",
    "Piece",
    "holds_to",
    "is_alive",
    "read_all",
    "read_piece",
    "segment_name",
    "segments",
    "writers",
]

LOCK = "lock"
_MOST = 1 << 20
_BACK = 1 << 17
"""Bytes in which the line of a sheet is looked for first."""


class Piece(NamedTuple):
    """Hold whole lines, without their newlines, and the place behind them."""

    lines: list[bytes]
    end: Position

    def above(self, writer: Path, start: Position) -> tuple[bytes, int]:
        """Return the last line before `start` that is not empty, and how many there are from it up to there.

        It is only looked for if the piece begins with an empty line, which belongs to that one.
        """
        return _above(writer, start) if self.lines and not self.lines[0] else (b"", 0)


def writers(journal: Path) -> list[Path]:
    """List the folders of all writers, the oldest first."""
    try:
        return sorted(path for path in journal.iterdir() if not path.name.startswith(".") and path.is_dir())
    except FileNotFoundError:
        return []


def is_alive(writer: Path) -> bool:
    """Tell whether the process that writes here is there."""
    try:
        lock = os.open(writer / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def segment_name(number: int) -> str:
    """Return the name of a segment's file."""
    return f"{number:010}.jsonl"


def segments(writer: Path) -> list[int]:
    """List the numbers of the segments that there are."""
    return sorted(int(path.stem) for path in writer.glob("*.jsonl"))


def holds_to(writer: Path) -> Position | None:
    """Return the place up to which a living writer's journal holds; None if all of it does.

    Segments before the place are finished: they do not change, and may be removed.
    """
    # In this order: a writer that dies in between is taken for a living one once more, and no harm is done.
    return read_counts(writer).holds if is_alive(writer) else None


def read_piece(writer: Path, start: Position, *, holds: Position | None, most: int = _MOST) -> Piece:
    """Read whole lines of one segment, from `start`: about `most` bytes, but one line at least."""
    size = most
    while True:
        data, finished = _bytes(writer, start, holds, size)
        end = data.rfind(b"\n") + 1
        if end or finished:
            return Piece(
                data[: end - 1].split(b"\n") if end else [], start._replace(offset=start.offset + end)
            )
        size *= 2


def read_all(writer: Path) -> Iterator[bytes]:
    """Go through all records of one writer."""
    holds = holds_to(writer)
    for number in segments(writer):
        start = Position(number, 0)
        while (piece := read_piece(writer, start, holds=holds)).lines:
            for found in records(piece.lines, piece.above(writer, start), len(piece.lines)):
                yield found.line
            start = piece.end


def _above(writer: Path, start: Position) -> tuple[bytes, int]:
    size = _BACK
    with (writer / segment_name(start.segment)).open("rb", buffering=0) as file:
        while True:
            begin = max(0, start.offset - size)
            data = os.pread(file.fileno(), start.offset - begin, begin)
            text = data.rstrip(b"\n")
            cut = text.rfind(b"\n")
            if cut >= 0 or begin == 0:
                return text[cut + 1 :], len(data) - len(text)
            size *= 4


def _bytes(writer: Path, start: Position, holds: Position | None, size: int) -> tuple[bytes, bool]:
    """Return at most `size` bytes, and whether that is all there is."""
    if holds is not None and start.segment >= holds.segment:
        left = holds.offset - start.offset if start.segment == holds.segment else 0
        if left <= 0:
            return b"", True
        size = min(size, left)
    else:
        left = None
    with (writer / segment_name(start.segment)).open("rb", buffering=0) as file:
        data = os.pread(file.fileno(), size, start.offset)
    return data, len(data) < size or size == left
