"""Decision trees, read from the operator that holds them all; each can be written as one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.models.node import (
    ATTRIBUTE,
    DOMAIN,
    INPUT,
    OPERATOR,
    OUTPUT,
    number,
    numbers,
    parts,
    read_numbers_of,
    write_node,
)
from hookline.models.wire import write_field

__all__ = ["Leaves", "Trees", "read_trees"]

_TREES = b"TreeEnsemble"
_ROOTS, _TARGETS, _WEIGHTS, _FEATURES = "tree_roots", "leaf_targetids", "leaf_weights", "nodes_featureids"
_ALWAYS = {
    *(_ROOTS, _TARGETS, _WEIGHTS, _FEATURES, "nodes_splits", "nodes_modes"),
    *("nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs", "nodes_falseleafs"),
}
_SOMETIMES = {"nodes_missing_value_tracks_true"}
_OF_ALL = {"n_targets", "aggregate_function"}
_TWO, _ONE = number("n_targets", 2), number("n_targets", 1)


@dataclass(frozen=True, slots=True)
class Leaves:
    """Hold what leaves are worth, and to which target; `said` is what the operator says of all of them."""

    targets: NDArray[np.int64]
    weights: NDArray[np.float64]
    said: bytes


@dataclass(frozen=True, slots=True)
class Trees:
    """Hold an operator with one tree behind the other: what each node has, and what leaves are worth."""

    source: bytes
    output: bytes
    domain: bytes
    lists: Mapping[str, NDArray[Any]]
    worth: Leaves
    nodes: tuple[slice, ...]
    leaves: tuple[slice, ...]

    def __len__(self) -> int:
        """Count the trees."""
        return len(self.nodes)

    @property
    def average(self) -> float:
        """Say how many nodes a tree has, leaves aside."""
        return len(self.lists[_FEATURES]) / len(self)

    @property
    def votes(self) -> bool:
        """Tell whether each leaf is a whole vote for one of two classes, as in trees grown to their end."""
        return _TWO in self.worth.said and bool(np.all(self.worth.weights == 1))

    @property
    def usual(self) -> int:
        """Choose a tree that begins by the question that most begin by."""
        first: NDArray[np.int64] = self.lists[_FEATURES][[nodes.start for nodes in self.nodes]]
        features, times = np.unique(first, return_counts=True)
        return int(np.argmax(first == features[times.argmax()]))

    def worth_of(self, tree: int) -> Leaves:
        """Say what the leaves of a tree are worth."""
        of = self.leaves[tree]
        return Leaves(self.worth.targets[of], self.worth.weights[of], self.worth.said)

    def votes_of(self, tree: int) -> Leaves:
        """Say which leaves of a tree vote for the second class; the others vote for the first."""
        return _of_one_target(self.worth.targets[self.leaves[tree]] == 1)

    def places_of(self, tree: int) -> Leaves:
        """Let each leaf of a tree be worth its place in the tree."""
        return _of_one_target(np.arange(self.leaves[tree].stop - self.leaves[tree].start))

    def write(self, tree: int, worth: Leaves, source: bytes, output: bytes) -> bytes:
        """Write a tree as an operator."""
        nodes, leaves = self.nodes[tree], self.leaves[tree]
        written = [worth.said, numbers(_ROOTS, np.zeros(1, dtype=np.int64))]
        written += [numbers(_TARGETS, worth.targets), numbers(_WEIGHTS, worth.weights)]
        for name, values in self.lists.items():
            its = values[nodes]
            if name.endswith("nodeids"):
                is_leaf = self.lists[name.replace("nodeids", "leafs")][nodes]
                its = its - np.where(is_leaf, leaves.start, nodes.start)
            written.append(numbers(name, its))
        return write_node(_TREES, (source,), (output,), b"".join(written), self.domain)


def read_trees(node: bytes) -> Trees | None:
    """Read an operator of the kind that `compile.forest` writes; None if it is another one."""
    found: dict[int, list[bytes]] = {}
    for place, value, _ in parts(node):
        found.setdefault(place, []).append(value)
    if found.get(OPERATOR) != [_TREES]:
        return None
    lists: dict[str, NDArray[Any]] = {}
    said = b""
    for attribute in found[ATTRIBUTE]:
        name, values = read_numbers_of(attribute)
        if name in _OF_ALL:
            said += write_field(ATTRIBUTE, attribute)
        elif values is not None:
            lists[name] = values
        else:
            return None
    if lists.keys() - _SOMETIMES != _ALWAYS:
        return None
    worth = Leaves(lists.pop(_TARGETS), lists.pop(_WEIGHTS), said)
    roots = lists.pop(_ROOTS)
    nodes = _slices(roots, len(lists[_FEATURES]))
    leaves = _slices(_first_leaves(lists, roots), len(worth.weights)) if nodes else ()
    if not leaves:
        return None
    return Trees(found[INPUT][0], found[OUTPUT][0], found[DOMAIN][0], lists, worth, nodes, leaves)


def _of_one_target(weights: NDArray[Any]) -> Leaves:
    return Leaves(np.zeros(len(weights), np.int64), weights.astype(np.float64), _ONE)


def _slices(starts: NDArray[np.int64], end: int) -> tuple[slice, ...]:
    """Cut a list at `starts`; into nothing if they do not rise from 0 on."""
    if len(starts) == 0 or starts[0] != 0 or not np.all(np.diff(starts, append=end) > 0):
        return ()
    return tuple(slice(start, stop) for start, stop in pairwise([*starts.tolist(), end]))


def _first_leaves(lists: Mapping[str, NDArray[Any]], roots: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each tree's first leaf."""
    sides = [
        np.where(lists[f"nodes_{side}leafs"] == 1, lists[f"nodes_{side}nodeids"], np.iinfo(np.int64).max)
        for side in ("true", "false")
    ]
    first: NDArray[np.int64] = np.minimum.reduceat(np.minimum(*sides), roots)
    return first
