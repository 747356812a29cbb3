"""What stands in a journal behind a cursor: whole records only, so it may be read while it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hookline.predlog.expand import Found, records
from hookline.predlog.journal.read import Piece, read_piece
from hookline.predlog.record import ERASED
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.trail import Trail

__all__ = ["MOST_BYTES", "MOST_ROWS", "Odd", "read"]

MOST_ROWS = 1_000
MOST_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Odd:
    """Be a line that no sink gets: one that was erased, or one that is no record."""

    line: bytes
    end: Position
    erased: bool = False


def read(
    trail: Trail, start: Position, *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
) -> tuple[Position, Batch | Odd | None]:
    """Return what comes next at `start`, and where that really begins: a segment that is over is left."""
    place, found = _read(trail, start, most_rows, most_bytes)
    if isinstance(found, Odd) and not found.erased:
        # A record that was overwritten while it was read looks like none, once.
        place, found = _read(trail, start, most_rows, most_bytes)
    return place, found


def _read(
    trail: Trail, start: Position, most_rows: int, most_bytes: int
) -> tuple[Position, Batch | Odd | None]:
    # Asked before reading: what a writer says now about its journal will hold while we read.
    holds = trail.holds()
    while True:
        try:
            piece = read_piece(trail.path, start, holds=holds, most=most_bytes)
            above = piece.above(trail.path, start)
        except FileNotFoundError:
            piece, above = Piece([], start), (b"", 0)
        if piece.lines:
            found = _cut(trail.name, start, records(piece.lines, above, most_rows))
            if isinstance(found, Batch):
                found = replace(found, more=_is_more(found, piece.lines, most_bytes))
            return start, found
        later = _after(trail, start.segment, holds)
        if later is None:
            return start, None
        start = Position(later, 0)


def _after(trail: Trail, segment: int, holds: Position | None) -> int | None:
    """Return the segment to go on with, if this one is over."""
    if holds is not None and segment >= holds.segment:
        return None
    later = [number for number in trail.segments() if number > segment]
    # A living writer makes a segment's file with its first record.
    return min(later + ([] if holds is None else [holds.segment]), default=None)


def _cut(writer: str, start: Position, found: Iterable[Found]) -> Batch | Odd:
    """Take records until a line is none; if already the first is none, take that line alone."""
    taken: list[Mapping[str, Any]] = []
    lines: list[bytes] = []
    sizes: list[int] = []
    for record, line, size in found:
        if record is None or record.get("kind") == ERASED:
            if taken:
                break
            return Odd(line, start._replace(offset=start.offset + size), erased=record is not None)
        taken.append(record)
        lines.append(line)
        sizes.append(size)
    return Batch(writer, taken, start, start._replace(offset=start.offset + sum(sizes)), lines, sizes=sizes)


def _is_more(batch: Batch, lines: Sequence[bytes], most_bytes: int) -> bool:
    # Whole lines end before the limit in bytes, by less than half of it.
    return len(batch) < len(lines) or batch.end.offset - batch.start.offset > most_bytes // 2
