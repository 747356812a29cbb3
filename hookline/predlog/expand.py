"""What lines of a journal stand for: most for a record each, a sheet and its empty lines for one each too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from hookline.predlog.sheet import NOT_A_SHEET, SHEET, expanded

__all__ = ["Found", "parsed", "records"]


class Found(NamedTuple):
    """Hold a record, the line it has alone, and the bytes it takes here. What is none has a line only."""

    record: Mapping[str, Any] | None
    line: bytes
    size: int


def records(lines: Sequence[bytes], above: tuple[bytes, int], most: int) -> Iterator[Found]:
    """Go through what `lines` stand for, `most` at most; a sheet that does not fit in is left for next time.

    Empty ones at the beginning belong to the line `above`, a sheet of which so many rows were before them.
    """
    place = 0
    for line, row, mine in _groups(lines, above):
        if place >= most or (place and place + len(mine) > most):
            return
        sheet = parsed(line)
        if sheet is not None and sheet.get("kind") == SHEET:
            yield from _rows(sheet, row, mine[: most - place])
        else:
            # Empty lines behind what is no sheet belong to nothing, and are no records.
            for number, one in enumerate(mine[: most - place]):
                yield Found(None if number or row else sheet, one, len(one) + 1)
        place += len(mine)


def parsed(line: bytes) -> Mapping[str, Any] | None:
    """Return the object that a line is, if it is one."""
    try:
        found = from_json(line)
    except ValueError:
        # It takes half of the time, and not half of a surrogate pair, as a file from elsewhere may have it.
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) else None


def _groups(lines: Sequence[bytes], above: tuple[bytes, int]) -> Iterator[tuple[bytes, int, Sequence[bytes]]]:
    """Go through lines with the empty ones behind each: what they belong to, from which row on, and they."""
    line, row = above
    start = 0
    while start < len(lines):
        if lines[start]:
            line, row = lines[start], 0
        stop = start + 1
        while stop < len(lines) and not lines[stop]:
            stop += 1
        yield line, row, lines[start:stop]
        start = stop


def _rows(sheet: Mapping[str, Any], start: int, lines: Sequence[bytes]) -> Iterator[Found]:
    """Go through the rows of a sheet that these lines stand for; what it has no row for is no record."""
    rows = expanded(sheet, start, start + len(lines))
    for line in lines:
        try:
            record, text = next(rows, (None, line))
        except NOT_A_SHEET:  # and from here on there are no rows
            record, text = None, line
        yield Found(record, text, len(line) + 1)
