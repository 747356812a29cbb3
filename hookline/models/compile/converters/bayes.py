"""Naive Bayes: log-likelihoods in double, made into probabilities by softmax."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

from hookline.models.compile.outputs import Outputs
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor
from hookline.models.compile.translate import ask

__all__: list[str] = []


@ask.register(GaussianNB)
def _(model: Any, sheet: Sheet) -> Outputs:
    classes, width = model.theta_.shape
    away = sheet.numbers(model).reshape(-1, 1, width) - model.theta_
    far = (away * away / model.var_).reshape(-1, width).total(width).reshape(-1, classes)
    start = np.log(model.class_prior_) - 0.5 * np.sum(np.log(2.0 * np.pi * model.var_), axis=1)
    return _outputs(far * -0.5 + start)


@ask.register(MultinomialNB)
def _(model: Any, sheet: Sheet) -> Outputs:
    return _outputs(sheet.numbers(model) @ _columns(model.feature_log_prob_) + model.class_log_prior_)


@ask.register(ComplementNB)
def _(model: Any, sheet: Sheet) -> Outputs:
    likelihood = sheet.numbers(model) @ _columns(model.feature_log_prob_)
    return _outputs(likelihood + model.class_log_prior_ if len(model.classes_) == 1 else likelihood)


@ask.register(BernoulliNB)
def _(model: Any, sheet: Sheet) -> Outputs:
    x = sheet.numbers(model)
    if model.binarize is not None:
        x = x.above(float(model.binarize)).double()
    absent = np.log(1.0 - np.exp(model.feature_log_prob_))
    start = model.class_log_prior_ + absent.sum(axis=1)
    return _outputs(x @ _columns(model.feature_log_prob_ - absent) + start)


def _outputs(likelihood: Tensor) -> Outputs:
    return Outputs(scores=likelihood, probabilities=likelihood.softmax())


def _columns(per_class: Any) -> Any:
    return np.ascontiguousarray(per_class.T)
