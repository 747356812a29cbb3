from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract, parse_contract_text
from hookline.ids import new_ids
from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.hashing import digest_of
from hookline.predlog.encode.records import Encoder, ModelFacts
from hookline.predlog.expand import records
from hookline.predlog.record import id_of
from hookline.types import Prediction

MODEL = ModelFacts("an-id", "v1", "2026-01-31T12:00:00Z", "classification", ("no", "yes", "maybe"))
KEY = b"0123456789abcdef"

PLAIN = """\
target_label: y
input_features:
  - x
  - name: text
    type: string
    nullable: true
  - name: seen
    type: datetime
    nullable: true
  - name: count
    type: int
"""

RULES = """\
target_label: y
input_features:
  - name: plan
    type: category
    choices: [basic, pro]
    unknown: accept
    nullable: true
    default: basic
  - name: email
    type: string
    log: hash
    default: nobody@example.org
  - name: salary
    log: drop
    default: 1.5
  - name: age
    type: int
    default: 40
"""

SHARES = [[0.25, 0.5, 0.25]]


def contract_of(text: str) -> Contract:
    return parse_contract_text(text, name="features.yaml")


def said(rows: int = 1, shares: Any = None) -> Prediction:
    """Make answers: class `yes` for every row."""
    return Prediction(
        labels=np.full(rows, 1),
        probabilities=np.array(SHARES * rows if shares is None else shares),
    )


def lines_of(encoder: Encoder, rows: list[Any], prediction: Prediction) -> list[bytes]:
    request = ("request-1", "predictions", 1.23456, 0, len(rows))
    data = encoder(Answered(rows, prediction, new_ids(len(rows)), [request]))
    assert data.endswith(b"\n")
    found = data[:-1].split(b"\n")
    return [one.line for one in records(found, (b"", 0), len(found))]


def record_of(text: str, row: Any, prediction: Prediction | None = None, **options: Any) -> dict[str, Any]:
    encoder = Encoder(contract_of(text), MODEL, digest=digest_of(KEY), **options)
    (line,) = lines_of(encoder, [row], prediction or said())
    record: dict[str, Any] = json.loads(line)
    return record


def test_a_record_says_everything_about_one_row_in_a_fixed_order() -> None:
    row = {"x": 1.5, "text": "é", "seen": None, "count": 3}
    record = record_of(PLAIN, row)
    assert list(record) == [
        *("kind", "prediction_id", "request_id", "row", "at", "model_id", "model_version", "model_created"),
        *("door", "id", "features", "class_name", "probabilities", "ms"),
    ]
    assert record["features"] == row
    assert record["class_name"] == "yes"
    assert list(record["probabilities"].items()) == [("yes", 0.5), ("no", 0.25), ("maybe", 0.25)]
    assert (record["request_id"], record["row"], record["id"], record["ms"]) == ("request-1", 0, None, 1.235)
    assert (record["model_id"], record["model_version"]) == ("an-id", "v1")
    assert id_of(record) == record["prediction_id"]


def test_every_row_has_a_line_with_its_number_and_its_own_answer() -> None:
    encoder = Encoder(contract_of("target_label: y\ninput_features: [x]"), MODEL)
    # What a prediction has beyond the rows, as one of a filled block has, means nothing.
    prediction = Prediction(labels=np.array([2, 0, 1, 2, 0]))
    records = [json.loads(line) for line in lines_of(encoder, [{"x": 1.0}] * 3, prediction)]
    assert [record["row"] for record in records] == [0, 1, 2]
    assert [record["class_name"] for record in records] == ["maybe", "no", "yes"]
    assert "probabilities" not in records[0]


def test_only_the_best_classes_are_kept_the_best_first() -> None:
    record = record_of(
        PLAIN, {"x": 1.0, "text": "", "seen": None, "count": 1}, said(shares=[[0.1, 0.2, 0.7]]), best=2
    )
    assert list(record["probabilities"].items()) == [("maybe", 0.7), ("yes", 0.2)]


def test_a_regression_has_a_value() -> None:
    for value, expected in ((2.5, 2.5), (math.nan, None)):
        record = record_of(
            "target_label: y\ninput_features: [x]", {"x": 1.0}, Prediction(values=np.array([value]))
        )
        assert record["value"] == expected
        assert "class_name" not in record


texts = st.text(st.characters(exclude_categories=["Cs"]))
rows = st.fixed_dictionaries(
    {
        "x": st.floats(allow_nan=False, allow_infinity=False),
        "text": texts | st.none(),
        "seen": st.sampled_from(["2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00,5+02:00", None]),
        "count": st.integers(-(2**63) + 1, 2**63 - 1),
    }
)


@given(rows, texts)
def test_values_are_read_back_exactly_as_they_came(row: dict[str, Any], name: str) -> None:
    encoder = Encoder(contract_of(PLAIN), MODEL, id_name="who")
    (line,) = lines_of(encoder, [{**row, "who": name}], said())
    assert b"\n" not in line
    record = json.loads(line)
    assert record["features"] == row
    assert record["id"] == name
    assert type(record["features"]["count"]) is int


def test_the_callers_id_is_text_and_no_feature() -> None:
    row = {"x": 1.0, "text": None, "seen": None, "count": 1}
    for given_id, expected in ((2**53 - 1, "9007199254740991"), ("a b", "a b"), (None, None)):
        with_id = row if given_id is None else {**row, "who": given_id}
        record = record_of(PLAIN, with_id, id_name="who")
        assert (record["id"], record["features"]) == (expected, row)


def test_defaults_are_filled_in_and_flagged_but_not_those_that_are_hidden() -> None:
    record = record_of(RULES, {})
    assert record["features"] == {"plan": "basic", "email": digest_of(KEY)("nobody@example.org"), "age": 40}
    assert list(record["features"]) == ["plan", "email", "age"]
    assert record["flags"] == ["default:plan", "default:age"]


def test_an_accepted_unknown_category_is_flagged_and_null_is_not() -> None:
    row = {"email": "a@example.org", "salary": 2.5, "age": 41}
    assert record_of(RULES, {**row, "plan": "gold"})["flags"] == ["unknown:plan"]
    for plan in ("pro", None):
        record = record_of(RULES, {**row, "plan": plan})
        assert "flags" not in record
        assert record["features"]["plan"] == plan


def test_hidden_values_are_in_no_byte_of_a_line() -> None:
    encoder = Encoder(contract_of(RULES), MODEL, digest=digest_of(KEY))
    row = {"plan": "pro", "email": "canary@example.org", "salary": 987654.25, "age": 41}
    before = dict(row)
    (line,) = lines_of(encoder, [row], said())
    assert b"canary" not in line
    assert b"987654" not in line
    assert b"salary" not in line
    assert row == before  # the rows are the caller's


def test_a_hidden_value_would_be_seen_without_the_rule() -> None:
    # The null control of the test above.
    plain = RULES.replace("    log: hash\n", "").replace("    log: drop\n", "")
    (line,) = lines_of(
        Encoder(contract_of(plain), MODEL),
        [{"plan": "pro", "email": "canary@example.org", "salary": 987654.25, "age": 41}],
        said(),
    )
    assert b"canary" in line
    assert b"987654" in line


def test_equal_values_have_equal_hashes_under_one_key_only() -> None:
    one, other = digest_of(KEY), digest_of(KEY[::-1])
    assert one("a") == one("a") != one("b")
    assert one("a") != other("a")
    assert one("1") != one(1)
    assert len(one(None)) == 64


def test_a_contract_with_hashes_needs_a_key() -> None:
    with pytest.raises(ValueError, match="needs a digest"):
        Encoder(contract_of(RULES), MODEL)


def test_a_model_record_says_what_went_live() -> None:
    line = Encoder(contract_of(PLAIN), MODEL).model()
    record = json.loads(line)
    assert line.endswith(b"}\n")
    assert list(record) == [
        *("kind", "event_id", "at", "model_id", "model_version", "model_created", "task", "classes")
    ]
    assert record["classes"] == ["no", "yes", "maybe"]


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_times_are_utc_to_the_microsecond(nanoseconds: int) -> None:
    clock = Clock(lambda: nanoseconds)
    expected = datetime.fromtimestamp(nanoseconds // 10**9, UTC).replace(
        microsecond=nanoseconds % 10**9 // 1000
    )
    for _ in range(2):
        assert datetime.fromisoformat(clock()) == expected
        assert len(clock()) == len("2026-11-21T12:00:00.123456Z")
