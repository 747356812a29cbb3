"""What stands in a journal behind a cursor: whole records only, so it may be read while it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hookline.predlog.journal.read import read_piece
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.trail import Trail

__all__ = ["ERASED", "MOST_BYTES", "MOST_ROWS", "Odd", "read"]

MOST_ROWS = 1_000
MOST_BYTES = 1024**2
ERASED = "erased"
"""The kind of a record that was overwritten, with spaces behind it so that no place moves."""


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
    # Asked before reading: what a writer says now about its journal will hold while we read.
    holds = trail.holds()
    while True:
        try:
            lines = read_piece(trail.path, start, holds=holds, most=most_bytes).lines
        except FileNotFoundError:
            lines = []
        if lines:
            found = _cut(trail.name, start, lines[:most_rows])
            if isinstance(found, Batch):
                found = replace(found, more=_is_more(found, lines, most_bytes))
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


def _cut(writer: str, start: Position, found: Sequence[bytes]) -> Batch | Odd:
    """Take records until a line is none; if already the first is none, take that line alone."""
    lines: list[bytes] = []
    records: list[Mapping[str, Any]] = []
    offset = start.offset
    for line in found:
        record = _record(line)
        if record is None or record.get("kind") == ERASED:
            if records:
                break
            return Odd(line, Position(start.segment, offset + len(line) + 1), erased=record is not None)
        lines.append(line)
        records.append(record)
        offset += len(line) + 1
    return Batch(writer, records, start, Position(start.segment, offset), lines)


def _is_more(batch: Batch, lines: Sequence[bytes], most_bytes: int) -> bool:
    # Whole lines end before the limit in bytes, by less than half of it.
    return len(batch) < len(lines) or batch.end.offset - batch.start.offset > most_bytes // 2


def _record(line: bytes) -> Mapping[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
