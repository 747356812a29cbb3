"""Look through an ONNX graph before onnxruntime does: no other files, no operators but the standard's.

The production image has no `onnx` package, so this walks the protobuf encoding itself. Field numbers are
those of onnx.proto, which never change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hookline.errors import UnsafeModelError

__all__ = ["check_graph"]

_DOMAINS = frozenset((b"", b"ai.onnx", b"ai.onnx.ml"))
_DEEPEST = 64
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# message → field number → what is in it: another message, or a rule: ! refused, = the value is held
_FIELDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 20: "!training information", 25: "!functions of its own"},
    "opset": {1: "=domain"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute", 7: "=domain"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "!data in another file", 14: "=location"},
}
# A forest's attributes are millions of numbers, one field each; runs of them are skipped in one step.
_RUNS = re.compile(
    rb"(?:\x3d.{4})++|(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])++|(?:\x4a(?:\x0aBRANCH_LEQ|\x04LEAF))++",
    re.DOTALL,
)


def check_graph(data: bytes, name: str) -> None:
    """Refuse a graph that reads other files, brings functions, or uses operators of another domain."""
    walk = _Walk(data, name)
    if data[4:8] == b"ORTM":
        raise walk.refused("it is in onnxruntime's own format")
    try:
        graphs = walk.check(0, len(data), "model", 0)
    except ValueError as error:
        raise walk.refused(f"it is not an ONNX graph ({error})") from error
    if not graphs:
        raise walk.refused("it is not an ONNX graph")


@dataclass(frozen=True, slots=True)
class _Walk:
    data: bytes
    name: str

    def check(self, start: int, end: int, message: str, depth: int) -> int:
        """Walk one message; return how many graphs are right below it."""
        if depth > _DEEPEST:
            raise self.refused("it is nested too deep")
        graphs = 0
        for number, kind, first, last in _fields(self.data, start, end):
            rule = _FIELDS[message].get(number)
            if rule in _FIELDS and kind == _BYTES:
                graphs += rule == "graph"
                self.check(first, last, rule, depth + 1)
            elif rule is not None:
                self._hold(rule, kind, self.data[first:last])
        return graphs

    def refused(self, why: str) -> UnsafeModelError:
        return UnsafeModelError(f"{self.name} is refused: {why}; do not use the model, or train again")

    def _hold(self, rule: str, kind: int, value: bytes) -> None:
        if rule[0] == "!":
            raise self.refused(f"it has {rule[1:]}")
        if rule == "=location" and (kind != _VARINT or value != b"\x00"):
            raise self.refused("it has data in another file")
        if rule == "=domain" and (kind != _BYTES or value not in _DOMAINS):
            raise self.refused(f"it uses operators of the domain {value.decode(errors='replace')!r}")
        if rule in _FIELDS:
            raise ValueError(f"a {rule} is not a message")


def _fields(data: bytes, place: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Go through a message's fields: number, wire type, where the value starts and ends."""
    while place < end:
        run = _RUNS.match(data, place, end)
        if run is not None:
            place = run.end()
            continue
        tag, place = _varint(data, place, end)
        if tag >= 1 << 32:
            raise ValueError("a field's number is too large")  # some readers drop the upper bits
        number, kind = tag >> 3, tag & 7
        first = place
        if kind == _VARINT:
            _, place = _varint(data, place, end)
        elif kind == _BYTES:
            length, first = _varint(data, place, end)
            place = first + length
        elif kind in (_FIXED32, _FIXED64):
            place += 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind}")
        if place > end:
            raise ValueError("a field ends behind its message")
        yield number, kind, first, place


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
