"""Sums over decision trees as one operator, in double: the same comparisons and additions as scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.tensor import Tensor

__all__ = ["Tree", "add_up"]

_MOST_NODES = 4_000_000
_AT_MOST, _MEMBER, _SUM = 0, 6, 1


@dataclass(frozen=True, slots=True)
class Tree:
    """Hold one tree: at node n, `x[feature[n]] <= split[n]` leads to `left[n]`, else to `right[n]`.

    A node without a left child (-1) is a leaf and adds its row of `weights`, one number per target. For nodes
    that ask for a category, `member` lists the categories that go left.
    """

    feature: NDArray[np.int64]
    split: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    weights: NDArray[np.float64]
    member: dict[int, Sequence[float]] | None = None


def add_up(x: Tensor, trees: Iterable[Tree], targets: int) -> Tensor:
    """Write the sum of what all trees give, tree after tree as scikit-learn adds."""
    forest = _Forest()
    for tree in trees:
        forest.plant(tree)
    return forest.write(x, targets)


class _Forest:
    def __init__(self) -> None:
        self.nodes = self.leaves = 0
        self.parts: dict[str, list[NDArray[Any]]] = {}
        self.members: list[float] = []

    def plant(self, tree: Tree) -> None:
        """Add a tree as often as a leaf of it has targets: a leaf of the operator has one."""
        leaf = tree.left < 0
        count = np.count_nonzero(tree.weights[leaf], axis=1)
        for turn in range(max(1, int(count.max()))):
            self._plant(tree, leaf, turn)
            if self.nodes > _MOST_NODES:
                raise CannotCompileError(f"the trees have more than {_MOST_NODES:,} nodes")

    def _plant(self, tree: Tree, leaf: NDArray[np.bool_], turn: int) -> None:
        inner, leaves = np.flatnonzero(~leaf), np.flatnonzero(leaf)
        place = np.empty(len(leaf), dtype=np.int64)
        place[inner] = self.nodes + np.arange(len(inner))
        place[leaves] = self.leaves + np.arange(len(leaves))
        self._add("tree_roots", [self.nodes])
        target, weight = _turn(tree.weights[leaves], turn)
        self._add("leaf_targetids", target)
        self._add("leaf_weights", weight)
        self.leaves += len(leaves)
        if not len(inner):
            self._add_stump(place[0])
            return
        self._add("nodes_featureids", tree.feature[inner])
        self._add("nodes_splits", tree.split[inner])
        self._add("nodes_missing_value_tracks_true", tree.missing_left[inner])
        for side, child in (("true", tree.left[inner]), ("false", tree.right[inner])):
            self._add(f"nodes_{side}nodeids", place[child])
            self._add(f"nodes_{side}leafs", leaf[child])
        modes = np.full(len(inner), _AT_MOST, dtype=np.uint8)
        for position, node in enumerate(inner):
            if tree.member and int(node) in tree.member:
                modes[position] = _MEMBER
                self.members += [*tree.member[int(node)], np.nan]
        self._add("nodes_modes", modes)
        self.nodes += len(inner)

    def _add_stump(self, leaf: int) -> None:
        """Add a node whose both sides are the tree's only leaf: a root cannot be a leaf."""
        for name in ("featureids", "splits", "modes", "missing_value_tracks_true"):
            self._add(f"nodes_{name}", [0])
        for side in ("true", "false"):
            self._add(f"nodes_{side}nodeids", [leaf])
            self._add(f"nodes_{side}leafs", [1])
        self.nodes += 1

    def _add(self, name: str, values: Any) -> None:
        self.parts.setdefault(name, []).append(np.asarray(values))

    def write(self, x: Tensor, targets: int) -> Tensor:
        lists = {name: np.concatenate(parts) for name, parts in self.parts.items()}
        if not lists["nodes_missing_value_tracks_true"].any():
            del lists["nodes_missing_value_tracks_true"]
        kinds = {"nodes_splits": np.float64, "leaf_weights": np.float64, "nodes_modes": np.uint8}
        attributes: dict[str, Any] = {
            name: values.astype(kinds.get(name, np.int64)) for name, values in lists.items()
        }
        if self.members:
            attributes["membership_values"] = np.array(self.members)
        return x.op(
            "TreeEnsemble", domain="ai.onnx.ml", n_targets=targets, aggregate_function=_SUM, **attributes
        )


def _turn(weights: NDArray[np.float64], turn: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pick for each leaf its `turn`-th target and weight; weight 0 where it has no more."""
    order = np.argsort(weights == 0.0, axis=1, kind="stable")
    target = order[:, min(turn, weights.shape[1] - 1)]
    return target, weights[np.arange(len(weights)), target]
