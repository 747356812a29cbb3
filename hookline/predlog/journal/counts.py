"""What a writer says about itself while it lives: how many records it wrote and dropped, and how far it is.

Four numbers in shared memory, little-endian, written by the writer alone: appended, dropped, and the place up
to which its journal holds. They survive the death of the process, and lag behind the files at most by what
was written when it died.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple

from hookline.predlog.sinks.sink import Position

__all__ = ["COUNTS", "Counts", "Said", "read_counts"]

COUNTS = "counts"

_FORM = struct.Struct("<4Q")
_APPENDED, _DROPPED, _SEGMENT, _OFFSET = range(4)


class Said(NamedTuple):
    """What a writer said last. Before the first record its place is segment 0."""

    appended: int
    dropped: int
    holds: Position


class Counts:
    """Be the writer's side: a number is one store in memory."""

    def __init__(self, path: Path) -> None:
        with path.open("x+b") as file:
            # Written, not only made longer: to touch a hole on a full disk would end the process.
            file.write(bytes(_FORM.size))
            file.flush()
            self._memory = mmap.mmap(file.fileno(), _FORM.size)
        self._numbers = memoryview(self._memory).cast("Q")

    def append(self, records: int, offset: int) -> None:
        """Say that so many more are written, and where they end."""
        numbers = self._numbers
        numbers[_OFFSET] = offset
        numbers[_APPENDED] += records

    def drop(self, records: int) -> None:
        """Say that so many are lost."""
        self._numbers[_DROPPED] += records

    def begin(self, segment: int) -> None:
        """Say that the next record goes into another segment; the one before stays as it is from now on."""
        # In this order: whoever reads in between sees less than there is, never more.
        self._numbers[_OFFSET] = 0
        self._numbers[_SEGMENT] = segment

    def close(self) -> None:
        """Let go of the memory; the numbers stay in the file."""
        self._numbers.release()
        self._memory.close()


def read_counts(writer: Path) -> Said:
    """Return what the writer with this folder said last."""
    with (writer / COUNTS).open("rb", buffering=0) as file:
        before, numbers = (_FORM.unpack(os.pread(file.fileno(), _FORM.size, 0)) for _ in range(2))
        # The numbers are not read at one instant: an offset must not be of the segment before.
        while numbers[_SEGMENT] != before[_SEGMENT]:
            before, numbers = numbers, _FORM.unpack(os.pread(file.fileno(), _FORM.size, 0))
    return Said(numbers[_APPENDED], numbers[_DROPPED], Position(numbers[_SEGMENT], numbers[_OFFSET]))
