"""Refuse trees whose arrays point outside themselves: scikit-learn follows them without looking."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.errors import UnsafeModelError

__all__ = ["check_predictor", "check_tree"]

_LEAF = -1


def check_tree(nodes: NDArray[Any], values: NDArray[Any], features: int, count: int, name: str) -> None:
    """Check a decision tree: children come after their parent, features exist, every node has a value."""
    if len(nodes) != count or len(values) != count or count < 1:
        raise _broken(name)
    left, right = nodes["left_child"], nodes["right_child"]
    inner = left != _LEAF
    _check_children(left, right, inner, name)
    asked = nodes["feature"][inner]
    if asked.size and not (asked.min() >= 0 and asked.max() < features):
        raise _broken(name)


def check_predictor(nodes: NDArray[Any], name: str) -> None:
    """Check a tree of histogram gradient boosting."""
    if not len(nodes):
        raise _broken(name)
    inner = nodes["is_leaf"] == 0
    _check_children(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), inner, name)


def _check_children(left: NDArray[Any], right: NDArray[Any], inner: NDArray[Any], name: str) -> None:
    # A child behind its parent can neither be outside nor lead round in a circle.
    here = np.flatnonzero(inner)
    for child in (left[inner], right[inner]):
        if np.any(child <= here) or np.any(child >= len(inner)):
            raise _broken(name)


def _broken(name: str) -> UnsafeModelError:
    return UnsafeModelError(f"{name} holds a tree that points outside itself; train again")
