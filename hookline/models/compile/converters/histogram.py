"""Histogram gradient boosting: double all the way, nulls and categories as its own trees treat them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from hookline.models.compile.forest import Tree, add_up
from hookline.models.compile.outputs import Outputs, binary
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor
from hookline.models.compile.translate import ask, transform

__all__: list[str] = []

_LINKS = {
    "squared_error": lambda raw: raw,
    "absolute_error": lambda raw: raw,
    "quantile": lambda raw: raw,
    "gamma": lambda raw: raw.op("Exp"),
    "poisson": lambda raw: raw.op("Exp"),
}


@ask.register(HistGradientBoostingRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    if model.loss not in _LINKS:
        raise CannotCompileError(f"HistGradientBoostingRegressor(loss={model.loss!r}) has no converter")
    return Outputs(values=_LINKS[model.loss](_raw(model, sheet)))


@ask.register(HistGradientBoostingClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    raw = _raw(model, sheet)
    many = len(model.classes_) > 2
    return Outputs(scores=raw, probabilities=raw.softmax() if many else binary(raw.sigmoid()))


# The trees, the start value and the encoder of categories have no public names.
# ruff: noqa: SLF001
def _raw(model: Any, sheet: Sheet) -> Tensor:
    """Write the start value plus the sum of all trees."""
    start = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
    x = _categories_first(model, sheet).numbers(model)
    return add_up(x, _trees(model, len(start)), len(start)) + start


def _categories_first(model: Any, sheet: Sheet) -> Sheet:
    if model.is_categorical_ is None:
        return sheet
    encoder = model._preprocessor.named_transformers_["encoder"]
    encoded = transform(encoder, sheet.pick(np.flatnonzero(model.is_categorical_)))
    return encoded + sheet.pick(np.flatnonzero(~model.is_categorical_))


def _trees(model: Any, targets: int) -> Iterator[Tree]:
    for stage in model._predictors:
        for target, predictor in zip(np.eye(targets), stage, strict=True):
            yield _tree(predictor, target)


def _tree(predictor: Any, target: Any) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    asks = np.flatnonzero(~leaf & nodes["is_categorical"].astype(bool))
    return Tree(
        feature=nodes["feature_idx"],
        split=nodes["num_threshold"],
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        weights=np.outer(nodes["value"], target),
        member={int(n): _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][n]]) for n in asks},
    )


def _members(bitset: Any) -> list[float]:
    return [float(bit) for bit in range(256) if bitset[bit // 32] >> (bit % 32) & 1]
