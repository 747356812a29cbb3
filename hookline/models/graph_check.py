"""Look through an ONNX graph before onnxruntime does: no other files, no operators but the standard's.

The production image has no `onnx` package, so this walks the protobuf encoding. Field numbers are
those of onnx.proto, which never change.
"""

from __future__ import annotations

from dataclasses import dataclass

from hookline.errors import UnsafeModelError
from hookline.models.wire import BYTES, VARINT, fields

__all__ = ["check_graph"]

_DOMAINS = frozenset((b"", b"ai.onnx", b"ai.onnx.ml"))
_DEEPEST = 64

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
        for number, kind, first, last in fields(self.data, start, end):
            rule = _FIELDS[message].get(number)
            if rule in _FIELDS and kind == BYTES:
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
        if rule == "=location" and (kind != VARINT or value != b"\x00"):
            raise self.refused("it has data in another file")
        if rule == "=domain" and (kind != BYTES or value not in _DOMAINS):
            raise self.refused(f"it uses operators of the domain {value.decode(errors='replace')!r}")
        if rule in _FIELDS:
            raise ValueError(f"a {rule} is not a message")
