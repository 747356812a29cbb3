from __future__ import annotations

import json

import pytest

from hookline.client.base import (
    ClassAnswer,
    ClassificationClient,
    ProbabilityAnswer,
    RegressionClient,
    ValueAnswer,
)
from tests.framework.client.answering import answering, reply


class Row:
    """A row of one number."""

    def to_json(self) -> dict[str, object]:
        """Return it."""
        return {"a": 1.5}


def answer(body: object) -> bytes:
    return reply("200 OK", json.dumps(body).encode(), "X-Model-Version: v1")


def test_a_classification_answers_classes_and_probabilities() -> None:
    answers = [
        answer([{"prediction_id": "p1", "class_name": "yes"}]),
        answer([{"prediction_id": "p2", "class_names": ["no", "yes"], "probabilities": [0.25, 0.75]}]),
        answer({"model_version": "v1"}),
    ]
    with answering(answers) as asked, ClassificationClient[Row](asked.url) as client:
        assert client.predict([Row()]) == [ClassAnswer("p1", "yes", "v1")]
        assert client.predict_proba([Row()]) == [ProbabilityAnswer("p2", ("no", "yes"), (0.25, 0.75), "v1")]
        assert client.info() == {"model_version": "v1"}
    assert [request.split(" HTTP")[0] for request in asked.requests] == [
        "POST /api/predictions",
        "POST /api/proba_predictions",
        "GET /info",
    ]


def test_a_regression_answers_values() -> None:
    answers = [answer([{"prediction_id": "p1", "value": 1.5}])]
    with answering(answers) as asked, RegressionClient[Row](asked.url) as client:
        assert client.predict([Row()]) == [ValueAnswer("p1", 1.5, "v1")]


def test_an_answer_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ValueAnswer("p1", 1.5, "v1").value = 2.0  # type: ignore[misc] # that is the promise
