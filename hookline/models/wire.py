"""The protobuf encoding, as far as ONNX graphs need it: the production image has no `onnx` package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BYTES",
    "FIXED32",
    "FIXED64",
    "RUN",
    "VARINT",
    "fields",
    "read_numbers",
    "write_field",
    "write_numbers",
]

VARINT, FIXED64, BYTES, FIXED32, RUN = 0, 1, 2, 5, -1
# A forest's attributes are millions of numbers, one field each; runs of them are taken in one step.
_RUNS = re.compile(
    rb"(?:\x3d.{4})++|(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])++|(?:\x4a(?:\x0aBRANCH_LEQ|\x04LEAF))++",
    re.DOTALL,
)
_WHOLE_NUMBER = 0x40
"""The tag of an attribute's whole numbers."""


def fields(data: bytes, place: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Go through a message's fields: number, wire type, where the value starts and ends.

    A run of like numbers or words is given as one of number 0 and wire type `RUN`, tags and all.
    """
    while place < end:
        run = _RUNS.match(data, place, end)
        if run is not None:
            yield 0, RUN, place, run.end()
            place = run.end()
            continue
        tag, place = _varint(data, place, end)
        if tag >= 1 << 32:
            raise ValueError("a field's number is too large")  # some readers drop the upper bits
        number, kind = tag >> 3, tag & 7
        first = place
        if kind == VARINT:
            _, place = _varint(data, place, end)
        elif kind == BYTES:
            length, first = _varint(data, place, end)
            place = first + length
        elif kind in (FIXED32, FIXED64):
            place += 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind}")
        if place > end:
            raise ValueError("a field ends behind its message")
        yield number, kind, first, place


def write_field(number: int, value: bytes | int) -> bytes:
    """Write a field that holds bytes, or a whole number that is not negative."""
    if isinstance(value, int):
        return _write_varint(number << 3 | VARINT) + _write_varint(value)
    return _write_varint(number << 3 | BYTES) + _write_varint(len(value)) + value


def read_numbers(run: bytes) -> NDArray[np.int64] | None:
    """Read a run of an attribute's whole numbers; None if it is one of something else."""
    if run[0] != _WHOLE_NUMBER:
        return None
    data = np.frombuffer(run, dtype=np.uint8)
    # Below 0x80 are the tags and the last byte of each number, in turn.
    ends = np.flatnonzero(data < 0x80)
    tags, lasts = ends[0::2], ends[1::2]
    lengths = lasts - tags
    values = np.zeros(len(tags), dtype=np.int64)
    for byte in range(int(lengths.max())):
        has = lengths > byte
        values[has] |= (data[tags[has] + 1 + byte] & 0x7F).astype(np.int64) << (7 * byte)
    return values


def write_numbers(values: NDArray[np.int64]) -> bytes:
    """Write whole numbers, none of them negative, as a run of an attribute."""
    if values.min(initial=0) < 0:
        raise ValueError("a number is negative")
    groups = max(1, -(-int(values.max(initial=0)).bit_length() // 7))
    table: NDArray[Any] = np.empty((len(values), groups + 1), dtype=np.uint8)
    kept = np.ones(table.shape, dtype=np.bool_)
    table[:, 0] = _WHOLE_NUMBER
    for group in range(groups):
        rest = values >> (7 * group)
        kept[:, group + 1] = (rest > 0) | (group == 0)
        table[:, group + 1] = (rest & 0x7F) | np.where(rest > 0x7F, 0x80, 0)
    return table[kept].tobytes()


def _varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        if place >= end:
            raise ValueError("a number is cut off")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
    raise ValueError("a number is too long")


def _write_varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
