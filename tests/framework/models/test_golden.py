from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from hookline.contract import parse_contract_text
from hookline.contract.columns import columns_from_rows
from hookline.errors import ModelError, UnsafeModelError
from hookline.models.golden import GoldenRows
from hookline.types import Columns, Prediction, PredictorKind

CONTRACT = parse_contract_text(
    """
target_label: y
task: regression
input_features:
  - size
  - {name: weight, nullable: true}
  - {name: count, type: int}
  - {name: plan, type: category, choices: [a, b], nullable: true}
  - {name: at, type: datetime}
"""
)
ROWS = [
    {"size": 0.1 + 0.2, "weight": None, "count": 2**60, "plan": "a", "at": "2026-01-02T03:04:05.678901"},
    {"size": -0.0, "weight": 5e-324, "count": -1, "plan": None, "at": "2026-01-02T03:04:05+01:00"},
]
COLUMNS = columns_from_rows(CONTRACT, ROWS)


@dataclass
class Fixed:
    """Answer whatever is asked with one prediction."""

    prediction: Prediction
    kind: PredictorKind = "native"
    asked: list[Columns] = field(default_factory=list)

    def predict(self, columns: Columns) -> Prediction:
        self.asked.append(columns)
        return self.prediction

    def close(self) -> None: ...


def values(*numbers: float) -> Prediction:
    return Prediction(values=np.array(numbers))


def test_rows_and_answers_survive_writing_and_reading_to_the_last_bit() -> None:
    answer = values(0.1 + 0.2, 1e300)
    data = GoldenRows.make(CONTRACT, COLUMNS, answer).to_bytes(CONTRACT)
    again = GoldenRows.from_bytes(data, CONTRACT)
    for name, column in COLUMNS.items():
        assert again.columns[name].dtype == column.dtype
        np.testing.assert_array_equal(again.columns[name], column)
    np.testing.assert_array_equal(again.prediction.values, answer.values)


@pytest.mark.parametrize(
    ("kind", "off", "fits"),
    [
        ("native", 1e-10, True),
        ("native", 1e-6, False),
        ("compiled", 1e-6, True),
        ("compiled", 1e-3, False),
        ("native", float("nan"), False),
    ],
    ids=["native, tiny", "native, small", "compiled, small", "compiled, large", "not a number"],
)
def test_a_prediction_must_be_close_to_the_golden_one(
    kind: Literal["native", "compiled"], off: float, fits: bool
) -> None:
    golden = GoldenRows(COLUMNS, values(2.0, 1000.0))
    predictor = Fixed(values(2.0, 1000.0 * (1 + off)), kind)
    if fits:
        golden.verify(predictor)
    else:
        with pytest.raises(UnsafeModelError, match=r"does not reproduce the values .*row 1: 1000\.0 was"):
            golden.verify(predictor)
    assert predictor.asked == [COLUMNS]


def test_labels_must_be_equal() -> None:
    golden = GoldenRows(COLUMNS, Prediction(labels=np.array([0, 1])))
    golden.verify(Fixed(Prediction(labels=np.array([0, 1]))))
    with pytest.raises(UnsafeModelError, match=r"the labels .*row 1: class 1 was 0 now"):
        golden.verify(Fixed(Prediction(labels=np.array([0, 0]))))


@pytest.mark.parametrize("came", [Prediction(), Prediction(labels=np.array([0]))], ids=["none", "too few"])
def test_answers_must_be_there_for_every_row(came: Prediction) -> None:
    with pytest.raises(UnsafeModelError, match="there are none, or not one per row"):
        GoldenRows(COLUMNS, Prediction(labels=np.array([0, 1]))).verify(Fixed(came))
    with pytest.raises(UnsafeModelError, match="there are none, or not one per row"):
        GoldenRows(COLUMNS, values(1, 2)).verify(Fixed(came))


def test_what_a_predictor_says_about_itself_is_passed_on() -> None:
    class Broken(Fixed):
        def predict(self, columns: Columns) -> Prediction:  # noqa: ARG002 - the Protocol's
            raise ModelError("the model answers row 0 with nan")

    with pytest.raises(ModelError, match="answers row 0 with nan"):
        GoldenRows(COLUMNS, values(1, 2)).verify(Broken(values(1, 2)))


def test_a_row_that_json_cannot_hold_is_left_out() -> None:
    columns = {**COLUMNS, "size": np.array([np.inf, 1.0])}
    golden = GoldenRows.make(CONTRACT, columns, values(1, 2))
    assert len(golden.prediction) == 1
    with pytest.raises(ModelError, match="there are no golden rows"):
        GoldenRows.make(CONTRACT, {**COLUMNS, "size": np.array([np.inf, -np.inf])}, values(1, 2))


@pytest.mark.parametrize(
    ("labels", "probabilities"),
    [([0, 2], None), ([-1, 0], None), ([0, 1], [[0.5, 0.3, 0.2]] * 2), ([0, 1], [0.5, 0.5])],
    ids=["unknown class", "negative", "too wide", "flat"],
)
def test_answers_must_fit_the_classes(labels: list[int], probabilities: list[list[float]] | None) -> None:
    table = None if probabilities is None else np.array(probabilities)
    golden = GoldenRows(COLUMNS, Prediction(labels=np.array(labels), probabilities=table))
    with pytest.raises(UnsafeModelError, match="does not fit the version's 2 classes"):
        golden.require_classes(2)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"rows": []},
        {"rows": 1},
        {"rows": [{**ROWS[0], "count": "many"}] * 2},
        {"rows": [{**ROWS[0], "count": 2**64}] * 2},
        {"rows": [{**ROWS[0], "at": "yesterday"}] * 2},
        {"answers": {}},
        {"answers": {"values": [1]}},
        {"answers": {"values": ["a", "b"]}},
        {"answers": []},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_odd_golden_rows_are_refused(change: dict[str, object]) -> None:
    plain = json.loads(GoldenRows(COLUMNS, values(1, 2)).to_bytes(CONTRACT))
    with pytest.raises(UnsafeModelError, match=r"golden\.json is unusable .*; train again"):
        GoldenRows.from_bytes(json.dumps({**plain, **change}).encode(), CONTRACT)
