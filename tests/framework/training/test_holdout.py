from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hookline.errors import TrainingError
from hookline.training.holdout import hold_out
from hookline.types import Task


def words(*counts: int) -> list[str]:
    return [f"class {place}" for place, count in enumerate(counts) for _ in range(count)]


def test_every_row_is_on_exactly_one_side() -> None:
    for y in (words(50, 30, 1), words(3, 2, 2, 1), list(range(100))):
        held = hold_out(y, "classification", test_size=0.2, seed=1)
        assert sorted([*held.train, *held.test]) == list(range(len(y)))


def test_classes_keep_their_shares() -> None:
    y = np.array(words(800, 150, 50))
    held = hold_out(y, "classification", test_size=0.2, seed=1)
    assert held.stratified
    assert pd.Series(y[held.test]).value_counts().to_dict() == {"class 0": 160, "class 1": 30, "class 2": 10}


def test_the_same_seed_holds_out_the_same_rows() -> None:
    y = words(60, 40)
    one, same, other = (hold_out(y, "classification", test_size=0.25, seed=seed).test for seed in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).all()


TRAINED_ON = "the model is trained on"


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((20, 20, 1), "class 'class 2' has one row: the model is trained on it, but no metric covers it"),
        (
            (20, 20, 1, 1),
            f"classes 'class 2', 'class 3' have one row each: {TRAINED_ON} them, but no metric covers them",
        ),
        ((20, 20), None),
        ((2, 2, 2, 2), "the holdout is not stratified: 8 rows are few for 4 classes"),
    ],
    ids=["one alone", "two alone", "none alone", "too few rows"],
)
def test_a_rare_class_is_trained_on_and_said(counts: tuple[int, ...], sentence: str | None) -> None:
    y = np.array(words(*counts))
    held = hold_out(y, "classification", test_size=0.2, seed=1)
    assert held.remark == sentence
    assert set(y[held.train]) == set(y)


@pytest.mark.parametrize(
    ("y", "task"),
    [(words(1, 1), "classification"), (words(1), "classification"), ([1.0], "regression")],
    ids=["two singles", "one row", "one number"],
)
def test_too_few_rows_are_a_sentence(y: list[str], task: Task) -> None:
    with pytest.raises(TrainingError, match=r"too few rows to hold any out .* give more, and"):
        hold_out(y, task, test_size=0.2, seed=1)
