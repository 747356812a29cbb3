"""Find where rows of CSV end: at a line end that stands in no quoted cell (RFC 4180)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["first_row_end", "is_open", "last_row_end"]

_BEFORE_A_CELL = b",\n\r"
_BEFORE_A_QUOTE = np.frombuffer(_BEFORE_A_CELL + b'"', dtype=np.uint8)


def last_row_end(block: bytes) -> int:
    """Return the place behind the last whole row of `block`, which begins with a row; 0 if none ends."""
    if b'"' not in block:
        return block.rfind(b"\n") + 1
    quotes = _paired_quotes(block)
    if quotes is not None:
        return _last_end(block, quotes)
    end = 0
    for start, part in _unquoted(block):
        if (found := part.rfind(b"\n")) >= 0:
            end = start + found + 1
    return end


def _paired_quotes(block: bytes) -> NDArray[np.int64] | None:
    """Find all quotes, if every other one opens a cell; None if some are characters like any other.

    A doubled quote may be seen as the end of a quoted part and the beginning of the next one.
    """
    data = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(data == ord('"'))
    opening = quotes[0::2]
    before = data[opening - 1]
    if opening[0] == 0:
        before[0] = ord("\n")
    return quotes if np.isin(before, _BEFORE_A_QUOTE).all() else None


def _last_end(block: bytes, quotes: NDArray[np.int64]) -> int:
    end = len(block)
    while (found := block.rfind(b"\n", 0, end)) >= 0:
        before = int(np.searchsorted(quotes, found))
        if before % 2 == 0:
            return found + 1
        end = int(quotes[before - 1])
    return 0


def first_row_end(block: bytes) -> int:
    """Return the place behind the first row of `block`; 0 if it does not end."""
    for start, part in _unquoted(block):
        if (found := part.find(b"\n")) >= 0:
            return start + found + 1
    return 0


def is_open(block: bytes) -> bool:
    """Tell whether a quote of `block`, which begins with a row, is never closed in it."""
    if b'"' not in block:
        return False
    *_, (start, part) = _unquoted(block)
    return start + len(part) < len(block)


def _unquoted(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Go through what stands outside quotes, each with its place."""
    parts = block.split(b'"')
    place = number = 0
    quoted = False
    while number < len(parts):
        part = parts[number]
        place += len(part) + 1
        if not quoted:
            yield place - len(part) - 1, part
            # A quote opens a cell at its beginning only; elsewhere it is a character like any other.
            quoted = part[-1:] in _BEFORE_A_CELL if part else number == 0
        elif number + 2 < len(parts) and not parts[number + 1]:
            place += 1  # a doubled quote, which stands for one
            number += 1
        else:
            quoted = False
        number += 1
