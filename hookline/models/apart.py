"""An operator over many large trees → one operator per tree, whose answers are added up in the same order.

onnxruntime asks all trees about a row before it goes on to the next one, so that large trees push each other
out of the processor's cache. Tree by tree, each of them stays there for thousands of rows. The sums are the
same to the bit; a single row takes longer, since every operator costs a microsecond or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.models.wire import BYTES, RUN, VARINT, fields, read_numbers, write_field, write_numbers

__all__ = ["LARGE", "trees_apart"]

LARGE = 1000
"""Nodes of an average tree from which on this pays: with 2,000 it is twice as fast, with 700 just as fast."""

_TREES = b"TreeEnsemble"
# Field numbers of onnx.proto, which never change: of a model and a graph, a node, an attribute, a tensor.
_GRAPH, _NODE = 7, 1
_INPUT, _OUTPUT, _OPERATOR, _ATTRIBUTE, _DOMAIN = 1, 2, 4, 5, 7
_NAME, _TENSOR, _KIND = 1, 5, 20
_DIMENSION, _DATA_TYPE, _RAW = 1, 2, 9
_IS_TENSOR, _IS_INTS = 4, 7
_ROOTS = "tree_roots"
_OF_LEAVES = frozenset(("leaf_targetids", "leaf_weights"))
_ALWAYS = _OF_LEAVES.union(
    (_ROOTS, "nodes_featureids", "nodes_splits", "nodes_modes"),
    ("nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs", "nodes_falseleafs"),
)
_SOMETIMES = frozenset(("nodes_missing_value_tracks_true",))
_OF_ALL = frozenset(("n_targets", "aggregate_function"))
_DTYPES: dict[int, np.dtype[Any]] = {2: np.dtype(np.uint8), 11: np.dtype(np.float64)}


def trees_apart(graph: bytes) -> bytes | None:
    """Write `graph` with its large trees apart; None if there is nothing to gain."""
    model = bytearray()
    changed = False
    for number, value, raw in _parts(graph):
        if number == _GRAPH:
            nodes = [_apart(part) if place == _NODE else None for place, part, _ in _parts(value)]
            changed = any(nodes)
            parts = zip(nodes, _parts(value), strict=True)
            model += write_field(_GRAPH, b"".join(node or raw for node, (_, _, raw) in parts))
        else:
            model += raw
    return bytes(model) if changed else None


@dataclass(frozen=True, slots=True)
class _Trees:
    """Hold one operator: what each node and leaf has, and what is said of all."""

    source: bytes
    output: bytes
    domain: bytes
    lists: Mapping[str, NDArray[Any]]
    rest: bytes

    def one_each(self) -> Iterator[bytes]:
        """Write an operator per tree, and the additions."""
        roots = self.lists[_ROOTS].tolist()
        nodes = _slices(roots, len(self.lists["nodes_featureids"]))
        leaves = _slices(_first_leaves(self.lists).tolist(), len(self.lists["leaf_weights"]))
        total = b""
        for tree, (its_nodes, its_leaves) in enumerate(zip(nodes, leaves, strict=True)):
            answer = self._name(f"{tree}")
            yield self._tree(answer, its_nodes, its_leaves)
            before, total = total, answer
            if tree:
                total = self.output if tree == len(roots) - 1 else self._name(f"sum{tree}")
                yield _node(b"Add", (before, answer), total)

    def _tree(self, output: bytes, nodes: slice, leaves: slice) -> bytes:
        written = bytearray(self.rest)
        for name, values in self.lists.items():
            if name == _ROOTS:
                written += _attribute(name, np.zeros(1, dtype=np.int64))
            elif name in _OF_LEAVES:
                written += _attribute(name, values[leaves])
            elif name.endswith("nodeids"):
                is_leaf = self.lists[name.replace("nodeids", "leafs")][nodes]
                written += _attribute(name, values[nodes] - np.where(is_leaf, leaves.start, nodes.start))
            else:
                written += _attribute(name, values[nodes])
        return _node(_TREES, (self.source,), output, self.domain, bytes(written))

    def _name(self, part: str) -> bytes:
        return b"%b/%b" % (self.output, part.encode())


def _slices(starts: list[int], end: int) -> list[slice]:
    return [slice(start, stop) for start, stop in pairwise([*starts, end])]


def _apart(node: bytes) -> bytes | None:
    """Write a node's trees apart; None if it has none, or only small ones."""
    trees = _read(node)
    if trees is None or not _follow_each_other(trees.lists):
        return None
    return b"".join(write_field(_NODE, one) for one in trees.one_each())


def _read(node: bytes) -> _Trees | None:
    """Read an operator of the kind that `compile.forest` writes."""
    found: dict[int, list[bytes]] = {}
    for number, value, _ in _parts(node):
        found.setdefault(number, []).append(value)
    if found.get(_OPERATOR) != [_TREES]:
        return None
    lists: dict[str, NDArray[Any]] = {}
    rest = b""
    for attribute in found[_ATTRIBUTE]:
        name, values = _values(attribute)
        if name in _OF_ALL:
            rest += write_field(_ATTRIBUTE, attribute)
        elif values is not None:
            lists[name] = values
        else:
            return None
    if lists.keys() - _SOMETIMES != _ALWAYS:
        return None
    return _Trees(found[_INPUT][0], found[_OUTPUT][0], found[_DOMAIN][0], lists, rest)


def _follow_each_other(lists: Mapping[str, NDArray[Any]]) -> bool:
    """Tell whether there are several large trees, one behind the other, nodes and leaves."""
    roots, nodes = lists[_ROOTS], len(lists["nodes_featureids"])
    if len(roots) < 2 or nodes < LARGE * len(roots) or not _rise(roots, nodes):
        return False
    return _rise(_first_leaves(lists), len(lists["leaf_weights"]))


def _rise(starts: NDArray[np.int64], end: int) -> bool:
    return bool(starts[0] == 0 and np.all(np.diff(starts, append=end) > 0))


def _first_leaves(lists: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Return the place of each tree's first leaf."""
    sides = [
        np.where(lists[f"nodes_{side}leafs"] == 1, lists[f"nodes_{side}nodeids"], np.iinfo(np.int64).max)
        for side in ("true", "false")
    ]
    first: NDArray[np.int64] = np.minimum.reduceat(np.minimum(*sides), lists[_ROOTS])
    return first


def _values(attribute: bytes) -> tuple[str, NDArray[Any] | None]:
    """Read an attribute's name, and its list of numbers if it is one."""
    name, values = "", None
    for number, kind, first, last in fields(attribute, 0, len(attribute)):
        if number == _NAME and kind == BYTES:
            name = attribute[first:last].decode()
        elif kind == RUN:
            values = read_numbers(attribute[first:last])
        elif number == _TENSOR and kind == BYTES:
            values = _tensor(attribute[first:last])
    return name, values


def _tensor(tensor: bytes) -> NDArray[Any] | None:
    parts = {number: value for number, value, _ in _parts(tensor)}
    dtype = _DTYPES.get(parts.get(_DATA_TYPE, b"\0")[0])
    return None if dtype is None or _RAW not in parts else np.frombuffer(parts[_RAW], dtype=dtype)


def _attribute(name: str, values: NDArray[Any]) -> bytes:
    written = write_field(_NAME, name.encode())
    if values.dtype == np.int64:
        return write_field(_ATTRIBUTE, written + write_numbers(values) + write_field(_KIND, _IS_INTS))
    kind = next(number for number, dtype in _DTYPES.items() if dtype == values.dtype)
    tensor = write_field(_DIMENSION, len(values)) + write_field(_DATA_TYPE, kind)
    tensor += write_field(_RAW, values.tobytes())
    return write_field(_ATTRIBUTE, written + write_field(_TENSOR, tensor) + write_field(_KIND, _IS_TENSOR))


def _node(
    operator: bytes, inputs: tuple[bytes, ...], output: bytes, domain: bytes = b"", attributes: bytes = b""
) -> bytes:
    names = b"".join(write_field(_INPUT, name) for name in inputs) + write_field(_OUTPUT, output)
    of = write_field(_DOMAIN, domain) if domain else b""
    return names + write_field(_OPERATOR, operator) + attributes + of


def _parts(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Go through a message's fields: number, value, and the field as it stands."""
    before = 0
    for number, kind, first, last in fields(message, 0, len(message)):
        if kind in (BYTES, VARINT):
            yield number, message[first:last], message[before:last]
        else:
            yield 0, b"", message[before:last]
        before = last
