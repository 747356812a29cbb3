"""Gradient boosting and AdaBoost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from hookline.models.compile.converters.trees import tree_from, weights_of
from hookline.models.compile.forest import Tree, add_up
from hookline.models.compile.outputs import Outputs, binary, sign_labels
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor, concat, where
from hookline.models.compile.translate import ask

__all__: list[str] = []


@ask.register(GradientBoostingRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    return Outputs(values=_raw(model, sheet))


@ask.register(GradientBoostingClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    raw = _raw(model, sheet)
    if model.n_classes_ > 2:
        return Outputs(scores=raw, probabilities=raw.softmax(), labels=raw.argmax())
    steeper = 2.0 if model.loss == "exponential" else 1.0
    labels = raw.at_least(0.0).whole().reshape(-1)
    return Outputs(scores=raw, probabilities=binary((raw * steeper).sigmoid()), labels=labels)


@ask.register(AdaBoostClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    total = _votes(model, sheet) / float(model.estimator_weights_.sum())
    if model.n_classes_ > 2:
        spread = float(model.n_classes_ - 1)
        return Outputs(scores=total, probabilities=(total / spread).softmax(), labels=total.argmax())
    score = total.take([1]) - total.take([0])
    probabilities = (concat([-score, score]) / 2.0).softmax()
    return Outputs(scores=score, probabilities=probabilities, labels=sign_labels(score))


@ask.register(AdaBoostRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    count = len(model.estimators_)
    _only_trees(model, DecisionTreeRegressor)
    trees = (
        tree_from(one, np.outer(weights_of(one)[:, 0], np.eye(count)[k]))
        for k, one in enumerate(model.estimators_)
    )
    guesses = add_up(sheet.numbers(model).float32(), trees, count)
    return Outputs(values=_weighted_median(guesses, model.estimator_weights_[:count], count))


def _raw(model: Any, sheet: Sheet) -> Tensor:
    """Write the start value plus the shrunken sum of all stages' trees."""
    if not (isinstance(model.init_, DummyClassifier | DummyRegressor) or model.init_ == "zero"):
        raise CannotCompileError(f"{type(model).__name__} starts from {type(model.init_).__name__}")
    row = np.zeros((1, model.n_features_in_), dtype=np.float32)
    start: NDArray[np.float64] = model._raw_predict_init(row)[0]  # noqa: SLF001 - no public name gives the start value
    x = sheet.numbers(model).float32()
    return add_up(x, _stages(model), len(start)) + start


def _stages(model: Any) -> Iterator[Tree]:
    targets = np.eye(model.estimators_.shape[1])
    for stage in model.estimators_:
        for target, one in zip(targets, stage, strict=True):
            yield tree_from(one, np.outer(model.learning_rate * weights_of(one)[:, 0], target))


def _votes(model: Any, sheet: Sheet) -> Tensor:
    """Write the sum of weighted votes: a tree's leaf votes for its class and against all others."""
    _only_trees(model, DecisionTreeClassifier)
    others = model.n_classes_ - 1
    trees = []
    for one, weight in zip(model.estimators_, model.estimator_weights_, strict=False):
        winner = one.classes_[weights_of(one).argmax(axis=1)]
        votes = np.where(winner[:, None] == model.classes_, weight, -1 / others * weight)
        trees.append(tree_from(one, votes))
    return add_up(sheet.numbers(model).float32(), trees, model.n_classes_)


def _weighted_median(guesses: Tensor, weights: NDArray[np.float64], count: int) -> Tensor:
    """Write the smallest guess that, with all not above it, has half of the weight."""
    not_above = guesses.reshape(-1, count, 1).at_least(guesses.reshape(-1, 1, count)).double()
    reached = (not_above @ weights.reshape(count, 1)).reshape(-1, count)
    enough = where(reached.at_least(0.5 * float(weights.sum())), guesses, np.inf)
    return enough.op("ReduceMin", np.array([1]))


def _only_trees(model: Any, kind: type) -> None:
    if not all(type(one) is kind for one in model.estimators_):
        raise CannotCompileError(f"{type(model).__name__} compiles over {kind.__name__} only")
