"""Trees and forests. They see numbers rounded to float32, as scikit-learn's do, and are exact from there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from hookline.models.compile.forest import Tree, add_up
from hookline.models.compile.outputs import Outputs
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.translate import ask

__all__ = ["tree_from", "weights_of"]


@ask.register(DecisionTreeClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    x = sheet.numbers(model).float32()
    return Outputs(probabilities=add_up(x, [tree_from(model)], _targets(model)))


@ask.register(DecisionTreeRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    return Outputs(values=add_up(sheet.numbers(model).float32(), [tree_from(model)], _targets(model)))


@ask.register(RandomForestClassifier)
@ask.register(ExtraTreesClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    total = add_up(sheet.numbers(model).float32(), map(tree_from, model.estimators_), _targets(model))
    return Outputs(probabilities=total / float(len(model.estimators_)))


@ask.register(RandomForestRegressor)
@ask.register(ExtraTreesRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    total = add_up(sheet.numbers(model).float32(), map(tree_from, model.estimators_), _targets(model))
    return Outputs(values=total / float(len(model.estimators_)))


def tree_from(
    model: Any, weights: NDArray[np.float64] | None = None, features: NDArray[np.int64] | None = None
) -> Tree:
    """Read a fitted tree; with other leaf weights, or features at other places, if given."""
    tree = model.tree_
    return Tree(
        feature=tree.feature if features is None else features[tree.feature],
        split=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=np.asarray(tree.missing_go_to_left, dtype=bool),
        weights=weights_of(model) if weights is None else weights,
    )


def weights_of(model: Any) -> NDArray[np.float64]:
    """Read what a tree's nodes answer: a probability per class, or one value."""
    values: NDArray[np.float64] = model.tree_.value[:, 0, :]
    return values


def _targets(model: Any) -> int:
    if model.n_outputs_ != 1:
        raise CannotCompileError(f"{type(model).__name__} answers {model.n_outputs_} targets at once")
    return int(model.n_classes_) if hasattr(model, "n_classes_") else 1
