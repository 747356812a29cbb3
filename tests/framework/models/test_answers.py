from __future__ import annotations

import numpy as np
import pytest

from hookline.errors import ModelError
from hookline.models.answers import finite, label_positions, probability_table, value_list
from hookline.types import Prediction


@pytest.mark.parametrize(
    ("predicted", "classes", "positions"),
    [
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        (np.array(["b", "a"], dtype=object), np.array(["a", "b"]), [1, 0]),
        ([30, 10], np.array([10, 20, 30]), [2, 0]),
        ([True, False], np.array([False, True]), [1, 0]),
        ([1.0, 0.0], np.array([0, 1]), [1, 0]),
        ([[1], [0]], np.array([0, 1]), [1, 0]),
        ([2, 0], None, [2, 0]),
        ([True, False], None, [1, 0]),
        ([], np.array([0, 1]), []),
    ],
    ids=["text", "objects", "ints", "bools", "floats", "a column", "positions", "bool positions", "no rows"],
)
def test_labels_become_positions_in_the_classes(
    predicted: object, classes: object, positions: list[int]
) -> None:
    found = label_positions(predicted, classes)  # type: ignore[arg-type]  # what users' models return is anything
    assert found.dtype == np.int64
    assert found.tolist() == positions


@pytest.mark.parametrize(
    ("predicted", "classes", "words"),
    [
        (
            ["c"],
            ["a", "b"],
            r"predict returned 'c', which is not in the model's classes \['a', 'b'\]; train again",
        ),
        ([0.5], None, r"predict returned \[0.5\] and the model has no classes_; return whole numbers"),
        ([-1], None, "predict returned the position -1; positions start at 0"),
        ([[0, 1]], None, r"predict returned shape \(1, 2\); one label per row is needed"),
    ],
    ids=["unknown label", "no classes", "negative", "two labels a row"],
)
def test_odd_labels_are_refused(predicted: object, classes: object, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        label_positions(predicted, classes)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "table", [[0.5, 0.5], [[1.0]], [[0.5, 0.5], [0.5, 0.5]]], ids=["flat", "narrow", "long"]
)
def test_a_probability_table_of_another_shape_is_refused(table: list[object]) -> None:
    with pytest.raises(ModelError, match=r"predict_proba returned shape .*; \(1, 2\) is needed"):
        probability_table(table, 1, 2)


def test_values_are_one_number_per_row() -> None:
    assert value_list([[1], [2]], 2).tolist() == [1.0, 2.0]
    with pytest.raises(ModelError, match="one number per row is needed"):
        value_list([[1, 2]], 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_number_is_refused_with_its_row(bad: float) -> None:
    with pytest.raises(ModelError, match=r"the model answers row 1 with .*not a number; let Preprocessor"):
        finite(Prediction(values=np.array([1.0, bad, 2.0])), "regression")
    table = Prediction(labels=np.array([0, 0]), probabilities=np.array([[0.5, 0.5], [bad, 0.5]]))
    with pytest.raises(ModelError, match="row 1"):
        finite(table, "classification")


@pytest.mark.parametrize("times", [1, 10_000], ids=["few", "many"])
def test_large_but_finite_values_pass(times: int) -> None:
    huge = Prediction(values=np.array([1e300, -1e300] * times))
    assert finite(huge, "regression") is huge


def test_one_odd_value_among_many_is_found_without_waking_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np, "vdot")
    values = np.zeros(10_000)
    values[7_000] = np.nan
    with pytest.raises(ModelError, match="row 7000"):
        finite(Prediction(values=values), "regression")
