"""A node of an ONNX graph as bytes: what it is made of, and how one is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.models.wire import BYTES, RUN, VARINT, fields, read_numbers, write_field, write_numbers

__all__ = [
    "ATTRIBUTE",
    "DOMAIN",
    "GRAPH",
    "INPUT",
    "NODE",
    "OPERATOR",
    "OUTPUT",
    "number",
    "numbers",
    "parts",
    "read_numbers_of",
    "write_node",
]

# Field numbers of onnx.proto, which never change: of a model and a graph, a node, an attribute, a tensor.
GRAPH, NODE = 7, 1
INPUT, OUTPUT, OPERATOR, ATTRIBUTE, DOMAIN = 1, 2, 4, 5, 7
_NAME, _INT, _TENSOR, _KIND = 1, 3, 5, 20
_DIMENSION, _DATA_TYPE, _RAW = 1, 2, 9
_IS_INT, _IS_TENSOR, _IS_INTS = 2, 4, 7
_DTYPES: dict[int, np.dtype[Any]] = {2: np.dtype(np.uint8), 11: np.dtype(np.float64)}


def parts(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Go through a message's fields: number, value, and the field as it stands."""
    before = 0
    for place, kind, first, last in fields(message, 0, len(message)):
        if kind in (BYTES, VARINT):
            yield place, message[first:last], message[before:last]
        else:
            yield 0, b"", message[before:last]
        before = last


def read_numbers_of(attribute: bytes) -> tuple[str, NDArray[Any] | None]:
    """Read an attribute's name, and its list of numbers if it is one."""
    name, values = "", None
    for place, kind, first, last in fields(attribute, 0, len(attribute)):
        if place == _NAME and kind == BYTES:
            name = attribute[first:last].decode()
        elif kind == RUN:
            values = read_numbers(attribute[first:last])
        elif place == _TENSOR and kind == BYTES:
            values = _tensor(attribute[first:last])
    return name, values


def _tensor(tensor: bytes) -> NDArray[Any] | None:
    found = {place: value for place, value, _ in parts(tensor)}
    dtype = _DTYPES.get(found.get(_DATA_TYPE, b"\0")[0])
    return None if dtype is None or _RAW not in found else np.frombuffer(found[_RAW], dtype=dtype)


def number(name: str, value: int) -> bytes:
    """Write an attribute that is a number."""
    named = write_field(_NAME, name.encode())
    return write_field(ATTRIBUTE, named + write_field(_INT, value) + write_field(_KIND, _IS_INT))


def numbers(name: str, values: NDArray[Any]) -> bytes:
    """Write an attribute that is a list of numbers, or a tensor of doubles or bytes."""
    named = write_field(_NAME, name.encode())
    if values.dtype == np.int64:
        return write_field(ATTRIBUTE, named + write_numbers(values) + write_field(_KIND, _IS_INTS))
    kind = next(kind for kind, dtype in _DTYPES.items() if dtype == values.dtype)
    tensor = write_field(_DIMENSION, len(values)) + write_field(_DATA_TYPE, kind)
    tensor += write_field(_RAW, values.tobytes())
    return write_field(ATTRIBUTE, named + write_field(_TENSOR, tensor) + write_field(_KIND, _IS_TENSOR))


def write_node(
    operator: bytes,
    inputs: tuple[bytes, ...],
    outputs: tuple[bytes, ...],
    attributes: bytes = b"",
    domain: bytes = b"",
) -> bytes:
    """Write a node, as the field of a graph that it is."""
    names = b"".join(write_field(INPUT, name) for name in inputs)
    names += b"".join(write_field(OUTPUT, name) for name in outputs)
    of = write_field(DOMAIN, domain) if domain else b""
    return write_field(NODE, names + write_field(OPERATOR, operator) + attributes + of)
