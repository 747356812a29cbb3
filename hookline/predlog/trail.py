"""One writer's journal as the shipper sees it: what there is to read, and how to finish it after a death."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hookline.predlog.journal.counts import COUNTS, read_counts
from hookline.predlog.journal.read import holds_to, is_alive, segment_name, segments, writers
from hookline.predlog.sinks.sink import Position

__all__ = ["START", "Counted", "Trail", "trails"]

START = Position(0, 0)
_APPENDED = struct.Struct("<Q")
_CHUNK = 1024**2


class Counted(NamedTuple):
    """Be what writers counted: rows appended, and rows answered without being logged."""

    appended: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Trail:
    """Look at the folder of one writer. It may be gone: then it is empty."""

    path: Path

    @property
    def name(self) -> str:
        """Return the writer's name."""
        return self.path.name

    @property
    def alive(self) -> bool:
        """Tell whether the writer is there; one that has not died yet may do so now."""
        return is_alive(self.path)

    def holds(self) -> Position | None:
        """Return the place up to which a living writer's journal holds; None if all of it does."""
        try:
            return holds_to(self.path)
        except FileNotFoundError:
            return None

    def segment(self, number: int) -> Path:
        """Return the file of a segment."""
        return self.path / segment_name(number)

    def segments(self) -> list[int]:
        """List the segments that are there, oldest first."""
        with contextlib.suppress(FileNotFoundError):
            return segments(self.path)
        return []

    def size(self, number: int) -> int:
        """Return how many bytes a segment has."""
        with contextlib.suppress(FileNotFoundError):
            return self.segment(number).stat().st_size
        return 0

    def counted(self) -> Counted:
        """Read what the writer counted."""
        try:
            said = read_counts(self.path)
        except (FileNotFoundError, struct.error):  # it died while it began
            return Counted()
        return Counted(said.appended, said.dropped)

    def lines(self, start: Position = START, *, holds: Position | None = None) -> int:
        """Count the complete lines behind a place, and before the place up to which the journal `holds`."""
        count = 0
        for number in self.segments():
            if number < start.segment or (holds is not None and number > holds.segment):
                continue
            stop = holds.offset if holds is not None and number == holds.segment else None
            offset = start.offset if number == start.segment else 0
            count += sum(chunk.count(b"\n") for chunk in _chunks(self.segment(number), offset, stop))
        return count

    def lines_of(self, number: int) -> int:
        """Count the complete lines of one finished segment."""
        return sum(chunk.count(b"\n") for chunk in _chunks(self.segment(number), 0, None))

    def finish(self, *, after: int, rows: int) -> int:
        """Cut a torn last line and correct the counts of a dead writer; return the bytes that were cut.

        Segments up to `after` are removed, and held so many `rows`. The count may lag behind the lines, for
        it is made after them; if it is ahead, lines are missing, and the count stays so that this is seen.
        """
        cut = 0
        for number in self.segments()[-1:]:
            end = _last_newline(self.segment(number)) + 1
            cut = self.size(number) - end
            if cut:
                os.truncate(self.segment(number), end)
        lines = rows + self.lines(Position(after + 1, 0))
        if lines > self.counted().appended:
            file = os.open(self.path / COUNTS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(file).st_size == 0:
                    os.ftruncate(file, 4 * _APPENDED.size)
                os.pwrite(file, _APPENDED.pack(lines), 0)
            finally:
                os.close(file)
        return cut


def trails(journal: Path) -> list[Trail]:
    """List the writers that left something, oldest first."""
    return [Trail(path) for path in writers(journal)]


def _chunks(path: Path, start: int, stop: int | None) -> Iterator[bytes]:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK if stop is None else max(0, min(_CHUNK, stop - file.tell()))):
            yield chunk


def _last_newline(path: Path) -> int:
    """Return the place of the last newline; -1 if there is none."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _CHUNK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found
            end = start
    return -1
