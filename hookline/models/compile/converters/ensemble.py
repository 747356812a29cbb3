"""Ensembles of any models: voting, bagging, stacking, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.isotonic import IsotonicRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from hookline.models.compile.converters.trees import tree_from, weights_of
from hookline.models.compile.forest import Tree, add_up
from hookline.models.compile.outputs import Outputs, shares
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor, concat, where
from hookline.models.compile.translate import ask

__all__: list[str] = []


@ask.register(VotingRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    return Outputs(values=_average([ask(one, sheet).value() for one in model.estimators_], _weights(model)))


@ask.register(VotingClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    answers = [ask(one, sheet) for one in model.estimators_]
    weights = _weights(model)
    if model.voting == "soft":
        return Outputs(probabilities=_average([one.probability() for one in answers], weights))
    votes = [
        _one_hot(one.label(), len(model.classes_)) * weight
        for one, weight in zip(answers, weights, strict=True)
    ]
    return Outputs(labels=_total(votes).argmax())


@ask.register(BaggingRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    if all(type(one) is DecisionTreeRegressor for one in model.estimators_):
        total = add_up(sheet.numbers(model).float32(), _bagged_trees(model), 1)
    else:
        total = _total([answer.value() for answer in _bagged(model, sheet)])
    return Outputs(values=total / float(len(model.estimators_)))


@ask.register(BaggingClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    classes = len(model.classes_)
    if all(type(one) is DecisionTreeClassifier for one in model.estimators_):
        total = add_up(sheet.numbers(model).float32(), _bagged_trees(model), classes)
    else:
        members = zip(model.estimators_, _bagged(model, sheet), strict=True)
        total = _total([_in_all_classes(one, answer, classes) for one, answer in members])
    return Outputs(probabilities=total / float(len(model.estimators_)))


@ask.register(StackingRegressor)
@ask.register(StackingClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    two = len(getattr(model, "classes_", ())) == 2
    first = Sheet(())
    for one, method in zip(model.estimators_, model.stack_method_, strict=True):
        answer, classes = ask(one, sheet), len(getattr(one, "classes_", ()))
        first += _opinion(answer, method, classes, drop_first=two)
    return ask(model.final_estimator_, first + sheet if model.passthrough else first)


@ask.register(CalibratedClassifierCV)
def _(model: Any, sheet: Sheet) -> Outputs:
    folds = [_calibrated(one, sheet) for one in model.calibrated_classifiers_]
    return Outputs(probabilities=_total(folds) / float(len(folds)))


def _weights(model: Any) -> list[float]:
    """List the weights of the models that were not dropped."""
    if model.weights is None:
        return [1.0] * len(model.estimators_)
    return [float(w) for w, (_, one) in zip(model.weights, model.estimators, strict=True) if one != "drop"]


def _total(parts: Sequence[Tensor]) -> Tensor:
    first, *others = parts
    for other in others:
        first = first + other
    return first


def _average(parts: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    weighted = [part * weight for part, weight in zip(parts, weights, strict=True)]
    return _total(parts if set(weights) == {1.0} else weighted) / sum(weights)


def _one_hot(labels: Tensor, classes: int) -> Tensor:
    return labels.reshape(-1, 1).equals(np.arange(classes)).double()


def _bagged(model: Any, sheet: Sheet) -> list[Outputs]:
    members = zip(model.estimators_, model.estimators_features_, strict=True)
    return [ask(one, sheet.pick(features)) for one, features in members]


def _bagged_trees(model: Any) -> Iterator[Tree]:
    for one, features in zip(model.estimators_, model.estimators_features_, strict=True):
        yield tree_from(one, weights_of(one), np.asarray(features))


def _in_all_classes(one: Any, answer: Outputs, classes: int) -> Tensor:
    """Write a member's probabilities, or its vote; its classes are places in the ensemble's."""
    places = np.eye(classes)[np.asarray(one.classes_)]
    mine = (
        answer.probability() if hasattr(one, "predict_proba") else _one_hot(answer.label(), len(one.classes_))
    )
    return mine if len(one.classes_) == classes else mine @ places


def _opinion(answer: Outputs, method: str, classes: int, *, drop_first: bool) -> Sheet:
    if method == "predict_proba":
        kept = range(1 if drop_first else 0, classes)
        return Sheet.of(answer.probability(), classes).pick(kept)
    if method == "decision_function":
        return Sheet.of(_score(answer), classes if classes > 2 else 1)
    out = answer.label().double().reshape(-1, 1) if classes else answer.value()
    return Sheet.of(out, 1)


def _score(answer: Outputs) -> Tensor:
    if answer.scores is None:
        raise CannotCompileError("the model's decision_function has no converter")
    return answer.scores


def _calibrated(fold: Any, sheet: Sheet) -> Tensor:
    answer, classes = ask(fold.estimator, sheet), len(fold.classes)
    if len(fold.estimator.classes_) != classes or fold.method == "temperature":
        raise CannotCompileError(
            f"CalibratedClassifierCV(method={fold.method!r}) has no converter for these folds"
        )
    if hasattr(fold.estimator, "decision_function"):
        scores = _score(answer)
    else:
        scores = answer.probability() if classes > 2 else answer.probability().take([1])
    each = concat([_calibrate(one, scores.take([k])) for k, one in enumerate(fold.calibrators)])
    if classes == 2:
        return concat([1.0 - each, each])
    return shares(each, classes)


def _calibrate(calibrator: Any, score: Tensor) -> Tensor:
    if not isinstance(calibrator, IsotonicRegression):
        return (-(score * float(calibrator.a_) + float(calibrator.b_))).sigmoid()
    x, y = (np.asarray(one, dtype=np.float64) for one in (calibrator.X_thresholds_, calibrator.y_thresholds_))
    if len(x) == 1:
        return score * 0.0 + y
    # Between thresholds the answer rises in proportion to how much of each step lies below the score.
    over, step = score - x[:-1], np.diff(x)
    part = where(over.below(0.0), 0.0, where(over.above(step), step, over)) / step
    rise: NDArray[np.float64] = np.diff(y).reshape(-1, 1)
    return part @ rise + float(y[0])
