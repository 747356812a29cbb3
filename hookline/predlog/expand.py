"""What lines of a journal stand for: most for a record each, a sheet and its empty lines for one each too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from hookline.predlog.sheet import NOT_A_SHEET, SHEET, Expanded, expanded

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
    line, row = above
    sheet = parsed(line) if line else None
    place = 0
    while place < min(len(lines), most):
        line = lines[place]
        if line:
            sheet, row = parsed(line), 0
        stop = place + 1
        while stop < len(lines) and not lines[stop]:
            stop += 1
        if sheet is None or sheet.get("kind") != SHEET:
            yield Found(sheet if line else None, line, len(line) + 1)
            place += 1
            continue
        if place and stop > most:
            return
        stop = min(stop, most)
        yield from _rows(sheet, row, [line, *lines[place + 1 : stop]])
        place, row = stop, row + stop - place


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


def _rows(sheet: Mapping[str, Any], start: int, lines: Sequence[bytes]) -> Iterator[Found]:
    """Go through the rows of a sheet that these lines stand for; what it has no row for is no record."""
    found: list[Expanded] = []
    try:
        found += expanded(sheet, start, min(start + len(lines), len(sheet["ids"])))
    except NOT_A_SHEET:
        found.clear()
    for place, line in enumerate(lines):
        if place < len(found):
            yield Found(found[place].record, found[place].line, len(line) + 1)
        else:
            yield Found(None, line, len(line) + 1)
