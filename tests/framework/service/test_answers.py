from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hookline.ids import new_ids
from hookline.service.answers import ClassNames, Encoder, Probabilities, Values
from hookline.service.schemas import ClassAnswer, ProbabilityAnswer, ValueAnswer
from hookline.types import Prediction

names = st.lists(st.text(max_size=8), min_size=1, max_size=4)
rows = st.integers(1, 5)
shares = st.floats(0, 1)


def checked(encode: Encoder, prediction: Prediction, schema: Any, start: int = 0) -> list[Any]:
    """Encode, and hold the bytes against what OpenAPI says of them."""
    ids = new_ids(len(prediction) - start)
    body = encode(ids, prediction, start, len(prediction))
    answers = json.loads(body)
    read = [schema.model_validate(answer, strict=True) for answer in answers]
    assert [one.model_dump() for one in read] == answers
    assert [one.prediction_id for one in read] == ids
    return list(answers)


@given(names, st.data())
def test_class_names_are_what_their_schema_says(classes: list[str], data: st.DataObject) -> None:
    labels = np.array(data.draw(st.lists(st.integers(0, len(classes) - 1), min_size=1, max_size=5)))
    answers = checked(ClassNames(classes), Prediction(labels=labels), ClassAnswer)
    assert [answer["class_name"] for answer in answers] == [classes[label] for label in labels]


@given(names, st.data())
def test_probabilities_are_what_their_schema_says_to_the_last_bit(
    classes: list[str], data: st.DataObject
) -> None:
    table = data.draw(hnp.arrays(np.float64, st.tuples(rows, st.just(len(classes))), elements=shares))
    answers = checked(
        Probabilities(classes),
        Prediction(labels=table[:, 0].astype(int), probabilities=table),
        ProbabilityAnswer,
    )
    assert [answer["probabilities"] for answer in answers] == table.tolist()
    assert all(answer["class_names"] == classes for answer in answers)


@given(hnp.arrays(np.float64, rows, elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_values_are_what_their_schema_says_to_the_last_bit(values: Any) -> None:
    answers = checked(Values(), Prediction(values=values), ValueAnswer)
    assert [answer["value"] for answer in answers] == values.tolist()


@pytest.mark.parametrize(
    ("encode", "schema"),
    [
        (ClassNames(["a", "b", "c", "d"]), ClassAnswer),
        (Probabilities(["a"]), ProbabilityAnswer),
        (Values(), ValueAnswer),
    ],
    ids=["class names", "probabilities", "values"],
)
def test_a_part_of_a_prediction_is_encoded_alone(encode: Encoder, schema: Any) -> None:
    whole = Prediction(np.arange(4), np.arange(4.0).reshape(4, 1), np.arange(4.0))
    assert len(checked(encode, whole, schema, start=2)) == 2


def test_an_answer_that_the_model_does_not_give_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such answer"):
        Values()(["a"], Prediction(labels=np.zeros(1, dtype=np.int64)), 0, 1)
