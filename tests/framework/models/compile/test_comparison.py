from __future__ import annotations

import numpy as np
import pytest

from hookline.models.compile.comparison import PROBABILITY, VALUE, Comparison
from hookline.models.compile.refusal import CannotCompileError
from hookline.types import Prediction


def values(*numbers: float) -> Prediction:
    return Prediction(values=np.array(numbers))


def proba(table: list[list[float]]) -> Prediction:
    array = np.array(table)
    return Prediction(labels=array.argmax(axis=1), probabilities=array)


def test_probabilities_may_be_off_by_the_tolerance_and_no_more() -> None:
    close, far = Comparison(), Comparison()
    close.add(proba([[0.3, 0.7]]), proba([[0.3 + PROBABILITY * 0.9, 0.7]]))
    close.hold("training")
    assert close.largest == pytest.approx(PROBABILITY * 0.9)
    far.add(proba([[0.3, 0.7]]), proba([[0.3 + PROBABILITY * 1.1, 0.7]]))
    with pytest.raises(CannotCompileError, match=r"answers differ by up to 1\.1e-05 on 1 of 1 training rows"):
        far.hold("training")


def test_values_are_held_relative_to_themselves_or_to_a_typical_one() -> None:
    comparison = Comparison(typical=1000.0)
    comparison.add(values(1e6, 0.0), values(1e6 * (1 + VALUE * 0.9), 1000.0 * VALUE * 0.9))
    comparison.hold("golden")
    comparison.add(values(0.0), values(1000.0 * VALUE * 1.1))
    with pytest.raises(CannotCompileError, match="on 1 of 3 golden rows, first at row 2"):
        comparison.hold("golden")


def test_a_label_that_differs_is_counted_through_all_parts() -> None:
    comparison = Comparison()
    for got in ([0, 1], [1, 1], [0, 0]):
        comparison.add(Prediction(labels=np.array([0, 1])), Prediction(labels=np.array(got)))
    with pytest.raises(CannotCompileError, match=r"the label differs on 2 of 6 edge rows, first at row 2"):
        comparison.hold("edge")


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (proba([[0.5, 0.5]]), Prediction(labels=np.array([0])), "answers of another kind"),
        (proba([[0.5, 0.5]]), proba([[0.5, 0.3, 0.2]]), r"the shape \(1, 3\), the model in \(1, 2\)"),
        (Prediction(labels=np.array([0])), Prediction(labels=np.array([[0]])), r"the shape \(1, 1\)"),
    ],
    ids=["no probabilities", "another class", "another dimension"],
)
def test_answers_of_another_shape_are_refused(expected: Prediction, got: Prediction, words: str) -> None:
    with pytest.raises(CannotCompileError, match=words):
        Comparison().add(expected, got)
