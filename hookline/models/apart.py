"""An operator over many large trees → one operator per tree, whose answers are added up in the same order.

onnxruntime asks all trees about a row before it goes on to the next one, so that large trees push each other
out of the processor's cache. Tree by tree, each of them stays there for thousands of rows. These are sorted:
rows that go the same way through one tree do so for a while in others, too, and the processor guesses that a
row goes as the one before. The sums are the same to the bit; a single row takes longer, since every operator
costs a microsecond or two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hookline.models.node import GRAPH, NODE, number, numbers, parts, write_node
from hookline.models.trees import Trees, read_trees
from hookline.models.wire import write_field

__all__ = ["LARGE", "trees_apart"]

LARGE = 100
"""Questions of an average tree from which on this pays: with 180 it takes half the time, with 50 as much."""


def trees_apart(graph: bytes) -> bytes | None:
    """Write `graph` with its large trees apart; None if there is nothing to gain."""
    model = bytearray()
    changed = False
    for place, value, raw in parts(graph):
        if place == GRAPH:
            nodes = [_apart(part) if kind == NODE else None for kind, part, _ in parts(value)]
            changed = any(nodes)
            kept = zip(nodes, parts(value), strict=True)
            model += write_field(GRAPH, b"".join(node or raw for node, (_, _, raw) in kept))
        else:
            model += raw
    return bytes(model) if changed else None


def _apart(node: bytes) -> bytes | None:
    """Write a node's trees apart; None if it has not several large ones."""
    try:
        trees = read_trees(node)
        if trees is None or len(trees) < 2 or trees.average < LARGE:
            return None
        return b"".join(_Operators(trees).write())
    except ValueError:  # lists that do not fit together: whoever loads the graph says so
        return None


@dataclass(frozen=True, slots=True)
class _Operators:
    """Know the operators that stand for one with many trees."""

    trees: Trees

    def write(self) -> Iterator[bytes]:
        """Write all of them."""
        trees, sums = self.trees, self._name("sums")
        yield from self._sort()
        if trees.votes:
            yield from self._add_up(self._name("second"))
            # Whole votes: what the second class has not, the first one has, to the bit.
            yield write_node(
                b"Constant", (), (self._name("all"),), numbers("value", np.array([float(len(trees))]))
            )
            yield write_node(b"Sub", (self._name("all"), self._name("second")), (self._name("first"),))
            both = self._name("first"), self._name("second")
            yield write_node(b"Concat", both, (sums,), number("axis", 1))
        else:
            yield from self._add_up(sums)
        yield write_node(b"ScatterND", (sums, self._name("places"), sums), (trees.output,))

    def _sort(self) -> Iterator[bytes]:
        """Put rows beside one another that reach the same leaf of a tree."""
        leaf, rows, places = (self._name(part) for part in ("leaf", "rows", "places"))
        usual = self.trees.usual
        yield self.trees.write(usual, self.trees.places_of(usual), self.trees.source, leaf)
        yield write_node(b"Shape", (leaf,), (rows,), number("end", 1))
        rising = number("axis", 0) + number("largest", 0)
        yield write_node(b"TopK", (leaf, rows), (self._name("leaves"), places), rising)
        yield write_node(b"GatherND", (self.trees.source, places), (self._name("sorted"),))

    def _add_up(self, total: bytes) -> Iterator[bytes]:
        """Ask tree after tree, and add up what they answer."""
        trees, count = self.trees, len(self.trees)
        worth = trees.votes_of if trees.votes else trees.worth_of
        for tree in range(count):
            yield trees.write(tree, worth(tree), self._name("sorted"), self._name(f"{tree}"))
        # Behind all trees: of an addition's inputs onnxruntime first works out the one that is written last.
        # Were that the tree, it would ask all of them, and hold all their answers, before it adds any up.
        sums = [self._name("0"), *(self._name(f"sum{tree}") for tree in range(1, count - 1)), total]
        for tree in range(1, count):
            yield write_node(b"Add", (sums[tree - 1], self._name(f"{tree}")), (sums[tree],))

    def _name(self, part: str) -> bytes:
        return b"%b/%b" % (self.trees.output, part.encode())
