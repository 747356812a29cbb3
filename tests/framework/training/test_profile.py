from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hookline.contract import parse_contract_text
from hookline.training.evaluate import Evaluation
from hookline.training.profile import profile
from hookline.types import Prediction

CONTRACT = parse_contract_text(
    """
target_label: y
input_features:
  - {name: size, nullable: true}
  - {name: count, type: int}
  - {name: sold, type: bool, nullable: true}
  - {name: plan, type: category, choices: [basic, pro], nullable: true}
  - {name: remark, type: string}
  - {name: at, type: datetime, nullable: true}
  - {name: salary, log: drop}
  - {name: town, type: category, choices: [Springfield, Shelbyville], log: hash, nullable: true}
"""
)
N = 1000
RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "size": np.where(np.arange(N) % 4 == 0, np.nan, RANDOM.normal(size=N)),
        "count": RANDOM.integers(0, 9, N),
        "sold": np.where(np.arange(N) % 2 == 0, 1.0, np.nan),
        "plan": pd.Series(["basic", "basic", "pro", None] * (N // 4), dtype="str"),
        "remark": pd.Series(["secret words", "x"] * (N // 2), dtype="str"),
        "at": pd.Series(pd.date_range("2026-01-01", periods=N, freq="h").astype("datetime64[us]")),
        "salary": np.full(N, 98765.4321),
        "town": pd.Series(["Springfield"] * N, dtype="str"),
    }
)


def made(evaluation: Evaluation | None = None, classes: tuple[str, ...] = ("a", "b")) -> dict[str, Any]:
    prediction = Prediction(
        labels=np.array([0, 1, 1, 1]),
        probabilities=np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5]]),
    )
    default = Evaluation("classification", (), np.array([0, 1, 1, 0]), prediction)
    return profile(CONTRACT, FRAME, evaluation or default, classes)


def test_numbers_have_the_quantiles_that_numpy_gives() -> None:
    seen = made()["features"]["size"]
    present = FRAME["size"].dropna()
    assert seen["nulls"] == 0.25
    assert (seen["min"], seen["max"]) == (present.min(), present.max())
    assert seen["quantiles"] == pytest.approx(
        {f"{q:g}": np.quantile(present, q) for q in map(float, seen["quantiles"])}
    )
    counts, edges = np.histogram(present, bins=20)
    assert seen["histogram"]["counts"] == counts.tolist()
    assert seen["histogram"]["edges"] == pytest.approx(edges.tolist())


def test_words_and_truths_have_shares() -> None:
    features = made()["features"]
    assert features["plan"] == {
        "type": "category",
        "nulls": 0.25,
        "distinct": 2,
        "shares": {"basic": pytest.approx(2 / 3), "pro": pytest.approx(1 / 3)},
        "other": pytest.approx(0),
    }
    assert features["sold"]["shares"] == {"true": 1.0}


def test_free_text_is_known_by_its_length_only() -> None:
    seen = made()["features"]["remark"]
    assert (seen["distinct"], seen["length"]["min"], seen["length"]["max"]) == (2, 1, 12)
    assert "secret" not in json.dumps(made())


def test_times_have_quantiles_too() -> None:
    seen = made()["features"]["at"]
    assert seen["min"] == "2026-01-01T00:00:00.000000Z"
    assert seen["quantiles"]["0.5"].startswith("2026-01-21T")


def test_of_personal_features_only_type_and_nulls_are_kept() -> None:
    features = made()["features"]
    assert features["salary"] == {"type": "float", "nulls": 0.0, "hidden": "log: drop"}
    assert features["town"] == {"type": "category", "nulls": 0.0, "hidden": "log: hash"}
    text = json.dumps(made())
    assert "98765" not in text
    assert "Springfield" not in text


def test_scores_are_those_of_the_holdout() -> None:
    scores = made()["scores"]
    assert (scores["rows"], scores["classes"]) == (4, {"a": 0.25, "b": 0.75})
    assert scores["confidence"]["max"] == 0.9
    values = Evaluation("regression", (), np.zeros(2), Prediction(values=np.array([1.0, 3.0])))
    assert made(values, ())["scores"]["values"]["mean"] == 2.0


@pytest.mark.parametrize(
    ("column", "holds"),
    [
        (np.full(N, np.nan), {"type": "float", "nulls": 1.0}),
        (np.full(N, np.inf), {"type": "float", "nulls": 0.0}),
    ],
    ids=["only null", "only infinite"],
)
def test_a_column_without_values_is_no_trouble(column: Any, holds: dict[str, Any]) -> None:
    frame = FRAME.assign(size=column)
    evaluation = Evaluation("regression", (), np.zeros(1), Prediction(values=np.array([1.0])))
    assert profile(CONTRACT, frame, evaluation, ())["features"]["size"] == holds


@pytest.mark.parametrize("values", [[5.0] * N, [-1.7e308, 1.7e308] * (N // 2)], ids=["constant", "too wide"])
def test_a_column_without_usable_bins_has_one(values: list[float]) -> None:
    frame = FRAME.assign(size=values)
    evaluation = Evaluation("regression", (), np.zeros(1), Prediction(values=np.array([1.0])))
    seen = profile(CONTRACT, frame, evaluation, ())["features"]["size"]
    assert seen["histogram"]["counts"] == [N]
    json.dumps(seen, allow_nan=False)


def test_of_many_words_the_rest_is_one_share() -> None:
    frame = FRAME.assign(plan=pd.Series([f"plan {place % 50}" for place in range(N)], dtype="str"))
    evaluation = Evaluation("regression", (), np.zeros(1), Prediction(values=np.array([1.0])))
    seen = profile(CONTRACT, frame, evaluation, ())["features"]["plan"]
    assert (seen["distinct"], len(seen["shares"]), seen["other"]) == (50, 20, pytest.approx(0.6))
