"""Measure a model on rows it has not seen, beside a baseline that learned nothing from the features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor

from hookline.training.classification import classification_scores
from hookline.training.data import Sample
from hookline.training.fit import Fitted
from hookline.training.metric import Metric, Scores, compare
from hookline.training.regression import regression_scores
from hookline.training.target import positions
from hookline.types import Prediction, Task

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Hold the metrics, and the answers they came from for the card's plots."""

    task: Task
    metrics: tuple[Metric, ...]
    truth: NDArray[Any] = field(repr=False)
    """True values; for classification positions in the model's classes."""
    prediction: Prediction = field(repr=False)

    def __getitem__(self, name: str) -> Metric:
        """Return the metric called `name`."""
        return next(metric for metric in self.metrics if metric.name == name)

    @property
    def headline(self) -> Metric:
        """Return the metric to name when there is room for one."""
        return self["accuracy" if self.task == "classification" else "rmse"]


def evaluate(fitted: Fitted, holdout: Sample, classes: int) -> Evaluation:
    """Score the model and the baseline on the holdout; the baseline knows the same training rows."""
    contract = fitted.hooks.contract
    prediction = fitted.predict_all(holdout.X)
    target = fitted.process_y(holdout.y)
    if contract.task == "regression":
        values = _values(target)
        model = regression_scores(values, _given(prediction.values))
        baseline = _regression_baseline(_values(fitted.y_processed), values)
        return Evaluation(contract.task, compare(model, baseline), values, prediction)
    known = getattr(fitted.estimator, "classes_", None)
    truth = positions(contract.target_label, target, known)
    model = classification_scores(truth, _given(prediction.labels), prediction.probabilities, classes)
    learned = positions(contract.target_label, fitted.y_processed, known)
    baseline = _classification_baseline(learned, truth, classes)
    return Evaluation(contract.task, compare(model, baseline), truth, prediction)


def _classification_baseline(learned: NDArray[np.int64], truth: NDArray[np.int64], classes: int) -> Scores:
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(learned), 1)), learned)
    rows = np.zeros((len(truth), 1))
    probabilities = np.zeros((len(truth), classes))
    probabilities[:, dummy.classes_] = dummy.predict_proba(rows)
    return classification_scores(truth, dummy.predict(rows), probabilities, classes)


def _regression_baseline(learned: NDArray[np.float64], truth: NDArray[np.float64]) -> Scores:
    dummy = DummyRegressor(strategy="mean").fit(np.zeros((len(learned), 1)), learned)
    return regression_scores(truth, dummy.predict(np.zeros((len(truth), 1))))


def _values(target: Any) -> NDArray[np.float64]:
    return np.asarray(target, dtype=np.float64).ravel()


def _given(answers: NDArray[Any] | None) -> NDArray[Any]:
    assert answers is not None  # noqa: S101 - the task says which answers there are
    return answers
