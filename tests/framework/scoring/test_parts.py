from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract
from hookline.contract.columns import row_count
from hookline.errors import ModelError
from hookline.scoring.chunk import TableChunk
from hookline.scoring.isolate import predict_each
from hookline.scoring.layout import Layout
from hookline.scoring.scorer import Scorer
from hookline.scoring.text import csv_header, csv_rows
from hookline.types import Columns, Prediction, PredictorKind

CELL = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))


@given(rows=st.lists(st.tuples(CELL, CELL, st.none() | st.floats(allow_nan=False)), max_size=8))
def test_csv_text_reads_back_as_what_was_written(rows: list[tuple[Any, ...]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    batch = pa.record_batch(
        [
            pa.array(columns[0], pa.string()),
            pa.array(columns[1], pa.string()).dictionary_encode(),
            pa.array(columns[2], pa.float64()),
        ],
        names=["a", 'b "quoted"', "c"],
    )
    text = (csv_header(batch.schema.names) + csv_rows(batch)).decode()
    header, *read = csv.reader(io.StringIO(text, newline=""))
    assert header == ["a", 'b "quoted"', "c"]
    assert [[a or "", b or ""] for a, b, _ in rows] == [row[:2] for row in read]
    assert [c for _, _, c in rows] == [float(row[2]) if row[2] else None for row in read]


def test_a_null_alone_is_no_empty_line() -> None:
    assert csv_rows(pa.record_batch([pa.array(["x", None])], names="a")) == b'x\n""\n'


def test_empty_text_and_null_are_two_things() -> None:
    assert csv_rows(pa.record_batch([pa.array(["", None]), pa.array([1, 2])], names="ab")) == b'"",1\n,2\n'


class Touchy:
    """Fail on every number over `most`, and on the whole call."""

    def __init__(self, most: float, kind: PredictorKind = "native") -> None:
        self.most = most
        self.kind: PredictorKind = kind
        self.calls = 0

    def predict(self, columns: Columns) -> Prediction:
        self.calls += 1
        if (columns["size"] > self.most).any():
            raise ValueError(f"{columns['size'].max()} is too large")
        columns["size"].setflags(write=True)  # fails where it is not the caller's own
        return Prediction(values=columns["size"] * 2.0)

    def close(self) -> None:
        """Hold nothing."""


def test_rows_that_fail_fail_alone() -> None:
    prediction, failed = predict_each(Touchy(5), {"size": np.array([1.0, 9.0, 2.0, 3.0, 7.0])})
    assert prediction.values is not None
    assert prediction.values.tolist() == [2.0, 4.0, 6.0]
    assert {row: str(error) for row, error in failed.items()} == {
        1: "9.0 is too large",
        4: "7.0 is too large",
    }


def test_one_call_is_enough_where_nothing_fails() -> None:
    touchy = Touchy(5)
    prediction, failed = predict_each(touchy, {"size": np.ones(1000)})
    assert (touchy.calls, failed, row_count({"values": prediction.values})) == (1, {}, 1000)  # type: ignore[dict-item] # not None


def test_no_row_may_be_left() -> None:
    prediction, failed = predict_each(Touchy(5), {"size": np.array([9.0])})
    assert (len(prediction), list(failed)) == (0, [0])


def test_a_broken_model_is_not_asked_a_million_times() -> None:
    touchy = Touchy(0)
    with pytest.raises(ModelError, match=r"fails on row after row \(ValueError: 1.0 is too large\)"):
        predict_each(touchy, {"size": np.ones(1_000_000)})
    assert touchy.calls < 300


def scorer(log: str, kind: PredictorKind = "native") -> Scorer:
    contract = Contract.model_validate(
        {
            "task": "regression",
            "target_label": "y",
            "input_features": [{"name": "size", "type": "float", "log": log}],
        }
    )
    return Scorer(contract, Touchy(5, kind), Layout("regression", ()), csv_rows)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("raw", "The model fails on this row (ValueError: 9.0 is too large)."),
        ("hash", "The model fails on this row (ValueError)."),
    ],
)
@pytest.mark.parametrize("kind", ["native", "compiled"])
def test_a_row_the_model_fails_on_is_refused_without_telling_secrets(
    log: str, words: str, kind: PredictorKind
) -> None:
    table = pa.table({"size": [1.0, 9.0, None, 2.0]})
    scored = scorer(log, kind)(TableChunk(table, (0, 4), 1.0))
    assert scored.data == b'2\n""\n""\n4\n'
    assert [(row, fault.pointer, fault.code) for row, fault in scored.faults] == [
        (1, "", "model"),
        (2, "/size", "null"),
    ]
    assert scored.faults[0][1].detail == words


def test_hooks_may_write_into_what_they_are_given() -> None:
    table = pa.table({"size": [1.0, 2.0]})
    assert scorer("raw")(TableChunk(table, (0, 2), 1.0)).data == b"2\n4\n"
    assert table["size"].to_pylist() == [1.0, 2.0]


def test_a_chunk_without_a_good_row_asks_no_model() -> None:
    scored = scorer("raw")(TableChunk(pa.table({"size": [None, None]}), (0, 2), 1.0))
    assert (scored.rows, scored.data, len(scored.faults)) == (2, b'""\n""\n', 2)


@pytest.mark.parametrize("proba", [False, True])
def test_a_classification_without_a_good_row_has_empty_answers(proba: bool) -> None:
    layout = Layout("classification", ("a", "b"), proba)
    batch = layout.arrange(pa.table({}), Prediction(), np.zeros(2, dtype=np.bool_))
    assert batch.to_pylist() == [dict.fromkeys(layout.schema.names)] * 2


def test_a_model_that_weighs_nothing_gives_no_probabilities() -> None:
    layout = Layout("classification", ("a", "b"), proba=True)
    with pytest.raises(ModelError, match="gives no probabilities; leave --proba out"):
        layout.arrange(pa.table({}), Prediction(labels=np.array([0])), np.ones(1, dtype=np.bool_))
