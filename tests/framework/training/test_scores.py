from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from hookline.training.classification import classification_scores, reliability
from hookline.training.metric import Metric, compare
from hookline.training.regression import regression_scores


def answers(classes: int, rows: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(classes)
    truth = random.integers(classes, size=rows)
    raw = random.random((rows, classes)) + np.eye(classes)[truth] * 0.6
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return truth, probabilities.argmax(axis=1), probabilities


@pytest.mark.parametrize("classes", [2, 3, 7], ids=["two classes", "three", "seven"])
def test_scores_of_a_classifier_are_those_of_scikit_learn(classes: int) -> None:
    truth, labels, probabilities = answers(classes)
    area = (
        reference.roc_auc_score(truth, probabilities[:, 1])
        if classes == 2
        else reference.roc_auc_score(truth, probabilities, multi_class="ovr")
    )
    expected = {
        "accuracy": reference.accuracy_score(truth, labels),
        "balanced_accuracy": reference.balanced_accuracy_score(truth, labels),
        "f1_macro": reference.f1_score(truth, labels, average="macro"),
        "f1_weighted": reference.f1_score(truth, labels, average="weighted"),
        "roc_auc": area,
        "log_loss": reference.log_loss(truth, probabilities),
        "brier": reference.brier_score_loss(
            truth, probabilities[:, 1] if classes == 2 else probabilities, labels=list(range(classes))
        ),
    }
    came = classification_scores(truth, labels, probabilities, classes)
    assert {name: came[name] for name in expected} == pytest.approx(expected)


def test_scores_of_a_regressor_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=300)
    values = truth + random.normal(scale=0.3, size=300)
    assert regression_scores(truth, values) == pytest.approx(
        {
            "mae": reference.mean_absolute_error(truth, values),
            "rmse": reference.root_mean_squared_error(truth, values),
            "r2": reference.r2_score(truth, values),
            "mape": reference.mean_absolute_percentage_error(truth, values),
        }
    )


def test_without_probabilities_only_labels_are_scored() -> None:
    truth, labels, _ = answers(3)
    came = classification_scores(truth, labels, None, 3)
    assert came["accuracy"] is not None
    assert [came[name] for name in ("roc_auc", "log_loss", "brier", "ece")] == [None] * 4


def test_the_calibration_error_is_the_gap_between_being_sure_and_being_right() -> None:
    probabilities = np.array([[0.9, 0.1]] * 10)
    right_half_the_time = np.array([0, 1] * 5)
    assert reliability(right_half_the_time, probabilities).error == pytest.approx(0.4)
    assert classification_scores(np.zeros(10, int), np.zeros(10, int), probabilities, 2)[
        "ece"
    ] == pytest.approx(0.1)


def test_a_class_that_is_not_in_the_holdout_spoils_no_score() -> None:
    truth, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    came = classification_scores(truth, labels, probabilities, 3)
    assert came["balanced_accuracy"] == 0.75
    assert came["f1_macro"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert came["roc_auc"] == 1.0


def test_one_class_in_the_holdout_has_no_area_under_a_curve() -> None:
    probabilities = np.array([[0.8, 0.2], [0.6, 0.4]])
    assert classification_scores(np.zeros(2, int), np.zeros(2, int), probabilities, 2)["roc_auc"] is None


def test_a_certain_and_wrong_answer_costs_much_but_not_infinitely_much() -> None:
    came = classification_scores(np.array([1]), np.array([0]), np.array([[1.0, 0.0]]), 2)
    assert came["log_loss"] is not None
    assert 30 < came["log_loss"] < 40


def test_a_constant_target_has_no_r2_and_zeros_no_percentage() -> None:
    came = regression_scores(np.zeros(3), np.array([1.0, -1.0, 0.0]))
    assert came == {
        "mae": pytest.approx(2 / 3),
        "rmse": pytest.approx(math.sqrt(2 / 3)),
        "r2": None,
        "mape": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "baseline", "verdict"),
    [
        ("accuracy", 0.9, 0.5, "better"),
        ("accuracy", 0.4, 0.5, "worse"),
        ("accuracy", 0.5, 0.5, "same"),
        ("log_loss", 0.2, 0.7, "better"),
        ("rmse", 3.0, 2.0, "worse"),
        ("ece", 0.2, 0.0, None),
        ("roc_auc", None, 0.5, None),
        ("mape", 0.2, None, None),
    ],
    ids=str,
)
def test_the_verdict_knows_which_way_is_better(
    name: str, value: float | None, baseline: float | None, verdict: str | None
) -> None:
    assert Metric(name, value, baseline).verdict == verdict


def test_numbers_that_json_cannot_hold_become_none() -> None:
    (metric,) = compare({"rmse": math.inf}, {"rmse": math.nan})
    assert (metric.value, metric.baseline) == (None, None)
