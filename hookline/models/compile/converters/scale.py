"""Numbers to numbers, column by column, plus what mixes columns linearly or by products."""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from hookline.models.compile.converters.functions import expm1, log1p
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor, concat, where
from hookline.models.compile.translate import transform

__all__: list[str] = []


@transform.register(StandardScaler)
def _(model: Any, sheet: Sheet) -> Sheet:
    x = sheet.numbers(model)
    x = x - model.mean_ if model.with_mean else x
    return Sheet.of(x / model.scale_ if model.with_std else x, len(sheet))


@transform.register(RobustScaler)
def _(model: Any, sheet: Sheet) -> Sheet:
    x = sheet.numbers(model)
    x = x - model.center_ if model.with_centering else x
    return Sheet.of(x / model.scale_ if model.with_scaling else x, len(sheet))


@transform.register(MinMaxScaler)
def _(model: Any, sheet: Sheet) -> Sheet:
    x = sheet.numbers(model) * model.scale_ + model.min_
    if model.clip:
        low, high = map(float, model.feature_range)
        x = where(x.below(low), low, where(x.above(high), high, x))  # unlike Clip, this leaves NaN alone
    return Sheet.of(x, len(sheet))


@transform.register(MaxAbsScaler)
def _(model: Any, sheet: Sheet) -> Sheet:
    return Sheet.of(sheet.numbers(model) / model.scale_, len(sheet))


@transform.register(Normalizer)
def _(model: Any, sheet: Sheet) -> Sheet:
    x, width = sheet.numbers(model), len(sheet)
    norm = {
        "l1": lambda: x.op("Abs").total(width),
        "l2": lambda: (x * x).total(width).op("Sqrt"),
        "max": lambda: x.op("Abs").op("ReduceMax", np.array([1])),
    }[model.norm]()
    return Sheet.of(x / where(norm.equals(0.0), 1.0, norm), width)


@transform.register(Binarizer)
def _(model: Any, sheet: Sheet) -> Sheet:
    return Sheet.of(sheet.numbers(model).above(float(model.threshold)).double(), len(sheet))


@transform.register(PowerTransformer)
def _(model: Any, sheet: Sheet) -> Sheet:
    x = sheet.numbers(model)
    if model.method == "box-cox":
        y = _power(x.op("Log"), model.lambdas_)
    else:
        upper, lower = _power(log1p(x), model.lambdas_), _power(log1p(-x), 2.0 - model.lambdas_)
        y = where(x.at_least(0.0), upper, -lower)
    out = Sheet.of(y, len(sheet))
    return transform(model._scaler, out) if model.standardize else out  # noqa: SLF001 - it has no public name


@transform.register(PolynomialFeatures)
def _(model: Any, sheet: Sheet) -> Sheet:
    x, width = sheet.numbers(model), len(sheet)
    # A column of ones behind the others: a product of fewer factors takes it for the rest.
    ones = where(x.take([0]).is_nan(), 1.0, 1.0)
    factors = _factors(model, width)
    padded = concat([x, ones])
    product = padded.take(factors[:, -1])
    for column in factors.T[-2::-1]:
        product = padded.take(column) * product
    return Sheet.of(product, len(factors))


@transform.register(SelectorMixin)
def _(model: Any, sheet: Sheet) -> Sheet:
    return sheet.pick(model.get_support(indices=True))


@transform.register(PCA)
def _(model: Any, sheet: Sheet) -> Sheet:
    x = (sheet.numbers(model) - model.mean_) @ np.ascontiguousarray(model.components_.T)
    if model.whiten:
        x = x / np.sqrt(np.maximum(model.explained_variance_, np.finfo(np.float64).eps))
    return Sheet.of(x, len(model.components_))


@transform.register(TruncatedSVD)
def _(model: Any, sheet: Sheet) -> Sheet:
    return Sheet.of(sheet.numbers(model) @ np.ascontiguousarray(model.components_.T), len(model.components_))


def _power(log: Tensor, exponents: NDArray[np.float64]) -> Tensor:
    """Write (x ** exponent - 1) / exponent of a logarithm; for exponent 0, its limit: the logarithm."""
    flat = exponents == 0.0
    curved = expm1(log * exponents) / np.where(flat, 1.0, exponents)
    return where(log.writer.constant(flat), log, curved) if flat.any() else curved


def _factors(model: Any, width: int) -> NDArray[np.int64]:
    """List for each product the columns it multiplies, padded with the column of ones."""
    choose = combinations if model.interaction_only else combinations_with_replacement
    low, high = model.degree if isinstance(model.degree, tuple) else (0, model.degree)
    rows = [
        (*places, *[width] * (high - degree))
        for degree in range(high + 1)
        if (model.include_bias if degree == 0 else degree >= low)
        for places in choose(range(width), degree)
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), high)
