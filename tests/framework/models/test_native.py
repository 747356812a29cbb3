from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hookline.contract.columns import concatenate, take
from hookline.errors import ModelError
from hookline.hooks.base import Preprocessor
from hookline.models.native import NativePredictor, predicts_most_probable
from hookline.types import Predictor
from tests.framework.models.compile.frames import world

DATA = world("numeric", "classification", rows=60)


def native(estimator: Any, data: Any = DATA) -> NativePredictor:
    return NativePredictor(data.contract, Preprocessor(), estimator)


def test_it_is_a_predictor() -> None:
    with_close = native(GaussianNB().fit(DATA.frame, DATA.target))
    assert isinstance(with_close, Predictor)
    assert with_close.kind == "native"
    with_close.close()


@pytest.mark.parametrize(
    "names", [["a", "b", "c"], [10, 20, 30], [1.0, 2.0, 3.0]], ids=["text", "ints", "floats"]
)
def test_labels_are_positions_in_the_order_of_the_probabilities(names: list[Any]) -> None:
    estimator = GaussianNB().fit(DATA.frame, np.array(names)[DATA.target])
    prediction = native(estimator).predict(DATA.columns)
    assert prediction.labels is not None
    assert prediction.probabilities is not None
    assert prediction.probabilities.dtype == np.float64
    np.testing.assert_array_equal(prediction.labels, prediction.probabilities.argmax(axis=1))
    np.testing.assert_array_equal(np.array(names)[prediction.labels], estimator.predict(DATA.frame))


def test_bool_classes_are_positions_too() -> None:
    estimator = GaussianNB().fit(DATA.frame, DATA.target == 1)
    labels = native(estimator).predict(DATA.columns).labels
    np.testing.assert_array_equal(labels, estimator.predict(DATA.frame).astype(int))


def test_a_model_without_probabilities_gives_labels_alone() -> None:
    prediction = native(Perceptron().fit(DATA.frame, DATA.target)).predict(DATA.columns)
    assert prediction.labels is not None
    assert prediction.probabilities is None


def test_a_regression_gives_values() -> None:
    data = world("numeric", "regression", rows=60)
    prediction = native(LinearRegression().fit(data.frame, data.target), data).predict(data.columns)
    assert prediction.values is not None
    assert prediction.values.shape == (60,)


class Table:
    """Say what it is told to."""

    def __init__(self, labels: Any, table: Any = None, classes: Any = None) -> None:
        self.labels = labels
        if classes is not None:
            self.classes_ = np.array(classes)
        if table is not None:
            self.predict_proba = lambda _: np.array(table)

    def predict(self, _: Any) -> Any:
        return self.labels


def test_a_label_that_is_not_the_most_probable_stays_what_predict_says() -> None:
    rows = take(DATA.columns, slice(0, 1))
    prediction = native(Table(["b"], [[0.9, 0.1]], ["a", "b"])).predict(rows)
    assert prediction.labels is not None
    assert prediction.labels.tolist() == [1]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Table(["c"], [[0.9, 0.1]], ["a", "b"]), "'c', which is not in the model's classes"),
        (Table(["a"], [[0.9, 0.05, 0.05]], ["a", "b"]), r"shape \(1, 3\); \(1, 2\) is needed"),
        (Table(["a"], [[np.nan, 0.1]], ["a", "b"]), "which is not a number"),
        (Table(["a"]), "the model has no classes_"),
    ],
    ids=["foreign label", "extra column", "nan", "text without classes"],
)
def test_odd_answers_are_refused(model: Table, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        native(model).predict(take(DATA.columns, slice(0, 1)))


class Counting(GaussianNB):  # type: ignore[misc]  # scikit-learn ships no types
    pass


@pytest.mark.parametrize(
    ("estimator", "once"),
    [
        (GaussianNB(), True),
        (make_pipeline(StandardScaler(), GaussianNB()), True),
        (make_pipeline(StandardScaler(), Perceptron()), False),
        (Counting(), False),
        (Table([0]), False),
    ],
    ids=["by definition", "behind a pipeline", "another last step", "a subclass", "a class of one's own"],
)
def test_both_are_asked_unless_the_label_is_the_most_probable_by_definition(
    estimator: Any, once: bool
) -> None:
    assert predicts_most_probable(estimator) is once


def test_a_batch_is_answered_like_its_rows_alone() -> None:
    predictor = native(RandomForestClassifier(10, random_state=0).fit(DATA.frame, DATA.target))
    together = predictor.predict(DATA.columns)
    alone = [predictor.predict(take(DATA.columns, slice(row, row + 1))) for row in range(60)]
    np.testing.assert_array_equal(together.probabilities, np.vstack([one.probabilities for one in alone]))  # type: ignore[misc]  # never None here
    twice = predictor.predict(concatenate([DATA.columns, DATA.columns]))
    assert len(twice) == 2 * len(together)
