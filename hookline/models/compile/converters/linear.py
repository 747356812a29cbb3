"""Linear models: one product in double, then what their predict methods make of the scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import (
    GammaRegressor,
    LogisticRegression,
    PoissonRegressor,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.linear_model._base import LinearClassifierMixin, LinearModel

from hookline.models.compile.outputs import Outputs, binary, shares, sign_labels
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor, where
from hookline.models.compile.translate import ask

__all__ = ["classes_apart"]


@ask.register(LinearModel)
@ask.register(SGDRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    return Outputs(values=_scores(model, sheet))


@ask.register(GammaRegressor)
@ask.register(PoissonRegressor)
@ask.register(TweedieRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    scores = _scores(model, sheet)
    link = getattr(model, "link", "log")
    identity = link == "identity" or (link == "auto" and model.power <= 0)
    return Outputs(values=scores if identity else scores.op("Exp"))


@ask.register(LinearClassifierMixin)
def _(model: Any, sheet: Sheet) -> Outputs:
    scores = _scores(model, sheet)
    return Outputs(scores=scores, labels=classes_apart(scores, len(model.classes_)))


@ask.register(LogisticRegression)
@ask.register(LinearDiscriminantAnalysis)
def _(model: Any, sheet: Sheet) -> Outputs:
    scores = _scores(model, sheet)
    many = len(model.classes_) > 2
    return Outputs(scores=scores, probabilities=scores.softmax() if many else binary(scores.sigmoid()))


@ask.register(SGDClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    scores, classes = _scores(model, sheet), len(model.classes_)
    labels = classes_apart(scores, classes)
    if not hasattr(model, "predict_proba"):
        return Outputs(scores=scores, labels=labels)
    each = scores.sigmoid() if model.loss == "log_loss" else (_clipped(scores) + 1.0) / 2.0
    probabilities = shares(each, classes) if classes > 2 else binary(each)
    return Outputs(scores=scores, probabilities=probabilities, labels=labels)


@ask.register(DummyClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    if model.strategy in ("stratified", "uniform"):
        raise CannotCompileError(f"DummyClassifier(strategy={model.strategy!r}) answers by chance")
    row = model.predict_proba(np.zeros((1, 1)))
    return Outputs(probabilities=_always(row, sheet))


@ask.register(DummyRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    return Outputs(values=_always(np.asarray(model.constant_, dtype=np.float64).reshape(1, -1), sheet))


def classes_apart(scores: Tensor, classes: int) -> Tensor:
    """Write the label that scores choose: above zero of two classes, else the largest."""
    return scores.argmax() if classes > 2 else sign_labels(scores)


def _scores(model: Any, sheet: Sheet) -> Tensor:
    weights = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    if weights.shape[0] > 1 and not hasattr(model, "classes_"):
        raise CannotCompileError(f"{type(model).__name__} answers {weights.shape[0]} targets at once")
    product = sheet.numbers(model) @ np.ascontiguousarray(weights.T)
    return product + np.asarray(model.intercept_, dtype=np.float64).reshape(-1)


def _clipped(scores: Tensor) -> Tensor:
    return where(scores.below(-1.0), -1.0, where(scores.above(1.0), 1.0, scores))


def _always(row: Any, sheet: Sheet) -> Tensor:
    """Write the same row for every row; where both sides are equal, the condition only counts the rows."""
    return where(sheet.codes().take([0]).is_nan(), row, row)
