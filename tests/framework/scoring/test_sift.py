from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline.contract import Contract, parse_contract_text
from hookline.contract.columns import column_from_values
from hookline.scoring.chunk import Read
from hookline.scoring.fit import read_types
from hookline.scoring.judge import Judge
from hookline.scoring.sift import Sieve
from hookline.scoring.sources.csv import CsvChunk
from hookline.scoring.values import value_of

KINDS = {
    "number": "type: float\n    ge: -5\n    lt: 1000",
    "maybe number": "type: float\n    nullable: true\n    gt: -5\n    le: 1000",
    "whole": "type: int\n    ge: 0\n    le: 9007199254740993",
    "any whole": "type: int",
    "maybe whole": "type: int\n    nullable: true",
    "flag": "type: bool",
    "maybe flag": "type: bool\n    nullable: true",
    "closed": "type: category\n    choices: [a, b, NA]",
    "open": "type: category\n    choices: [a, b]\n    unknown: accept\n    nullable: true",
    "text": "type: string\n    min_length: 1\n    max_length: 3\n    pattern: '^[a-z1]'",
    "maybe text": "type: string\n    nullable: true",
    "time": "type: datetime",
    "maybe time": "type: datetime\n    nullable: true",
}
WORDS = [
    *(
        "0",
        "1",
        "-1",
        "1.5",
        "3.0",
        " 2",
        "+4",
        "1e3",
        "1e400",
        "nan",
        "inf",
        "-inf",
        "NA",
        "null",
        "",
        "007",
    ),
    *(
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
    ),
    *(
        "true",
        "False",
        "TRUE",
        "yes",
        "a",
        "b",
        "abc",
        "abcd",
        "A",
        "ø",
        'a"b',
        "a,b",
        "x\ny",
        "12_3",
        "0x10",
        "9" * 400,
    ),
    *("2026-01-31", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00.5", "2026-W05-1", "2026-02-31"),
    *("2026-01-31T12:00:00+02:00", "1e-5", "999.999", "1000", "-5"),
    *("nan(1)", "-NAN()", "nan(", "+.5", "5.", "-9223372036854775808", "-9223372036854775809"),
    *("0000-01-01", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999-01:00", "10000-01-01"),
    *("0001-01-01T00:00:00+01:00", "2026-01-31T24:00:00", "2026-01-31 12:00:00.1234567Z"),
]
"""What may stand in a cell of CSV, right for some kinds and wrong for others."""
CELLS: list[Any] = [
    *(0, 1, -1, 3.0, 1.5, float("inf"), float("nan"), None, True, False, "a", "abcd", "1.5", "true", ""),
    *(2**53, 2**53 + 1, 2**63 - 1, Decimal("2.50"), Decimal(3), b"a", b"\xff", [1], {"a": 1}),
    *(
        time(12),
        timedelta(1),
        date(2026, 1, 31),
        datetime(2026, 1, 31, 12, tzinfo=UTC).replace(tzinfo=None),
        datetime(2026, 1, 31, 12, tzinfo=UTC),
    ),
]
"""What may stand in a cell of Parquet."""
TYPES = [
    *(
        pa.float64(),
        pa.float32(),
        pa.int64(),
        pa.uint64(),
        pa.int8(),
        pa.bool_(),
        pa.string(),
        pa.large_string(),
    ),
    *(pa.string_view(), pa.dictionary(pa.int32(), pa.string()), pa.decimal128(10, 2), pa.null(), pa.binary()),
    *(pa.timestamp("ns"), pa.timestamp("us", "Europe/Berlin"), pa.timestamp("s"), pa.date32()),
    *(pa.time64("us"), pa.duration("us"), pa.list_(pa.int64()), pa.struct([("a", pa.int64())])),
]


def contract_of(kind: str) -> Contract:
    return parse_contract_text(
        f"target_label: y\ninput_features:\n  - name: x\n    {KINDS[kind]}\n", name=kind
    )


def hold_against_service(contract: Contract, read: Read, cells: list[Any]) -> None:
    """Compare what was sifted with what the service says of each row alone."""
    feature = contract["x"]
    rows = [{"x": value_of(feature, cell)} for cell in cells]
    judge = Judge(contract)
    wanted = {place: found[0] for place, row in enumerate(rows) if (found := judge.faults([row]))}
    sifted = Sieve(contract).sift(read)
    assert sifted.faults == wanted
    assert sifted.good.tolist() == [place not in wanted for place in range(len(rows))]
    kept = [row["x"] for place, row in enumerate(rows) if place not in wanted]
    column = sifted.columns["x"]
    assert column.dtype == feature.dtype
    np.testing.assert_array_equal(column[sifted.good], column_from_values(feature, kept))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_whole_columns_of_csv_are_judged_as_the_service_judges_each_row(kind: str, words: list[str]) -> None:
    contract = contract_of(kind)
    text = io.StringIO()
    # A column beside it, so that a row of one empty cell is no empty line.
    csv.writer(text).writerows([word, "beside"] for word in words)
    schema = pa.schema([("x", pa.string()), ("beside", pa.string())])
    types = read_types(contract, schema, pa.schema([]))
    chunk = CsvChunk(text.getvalue().encode(), ("x", "beside"), types, "x.csv", (), 1.0)
    cells = [None if word == "" else word for word in words]
    hold_against_service(contract, chunk.read(), cells)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_whole_columns_of_parquet_are_judged_as_the_service_judges_each_row(
    kind: str, type_: pa.DataType
) -> None:
    cells = []
    for cell in CELLS:
        if cell == -1 and type_ == pa.timestamp("ns"):
            continue  # a nanosecond before 1970 is rounded another way, and nobody's data
        try:
            cells.append(pa.array([cell], type_)[0].as_py())
        except (
            pa.ArrowInvalid,
            pa.ArrowTypeError,
            pa.ArrowNotImplementedError,
            OverflowError,
            TypeError,
            ValueError,
        ):
            continue
    contract = contract_of(kind)
    hold_against_service(contract, Read(pa.table({"x": pa.array(cells, type_)})), cells)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_without_rows_has_columns_without_rows(kind: str) -> None:
    contract = contract_of(kind)
    sifted = Sieve(contract).sift(Read(pa.table({"x": pa.array([], pa.string())})))
    assert sifted.columns["x"].dtype == contract["x"].dtype
    assert len(sifted.good) == 0


@pytest.mark.parametrize(
    "moments",
    [
        pa.array([253402300800, 0], pa.timestamp("s")),
        pa.array([-62135596801, 0], pa.timestamp("s", "UTC")),
        pa.array([2932897, 0], pa.date32()),
        # In microseconds of 64 bits these would come out as times of the first of January 1970.
        pa.array([18_446_744_073_710, 0], pa.timestamp("s")),
        pa.array([18_446_744_073_709_552, 0], pa.date64()),
        pa.array([213_503_983, 0], pa.date32()),
    ],
    ids=["the year 10000", "the year 0", "a day", "seconds", "milliseconds", "days"],
)
def test_a_time_that_no_calendar_has_is_refused_alone(moments: pa.Array) -> None:
    sifted = Sieve(contract_of("time")).sift(Read(pa.table({"x": moments})))
    assert {row: found[0].code for row, found in sifted.faults.items()} == {0: "datetime"}
    assert sifted.good.tolist() == [False, True]


def test_an_absent_column_takes_the_default() -> None:
    contract = parse_contract_text(
        "target_label: y\ninput_features:\n  - a\n  - {name: b, default: 7}\n", name="x"
    )
    sifted = Sieve(contract).sift(Read(pa.table({"a": ["1", "x", "+3"]})))
    assert sifted.columns["b"].tolist() == [7.0, 7.0, 7.0]
    assert sifted.good.tolist() == [True, False, True]


def test_a_row_that_is_no_row_is_refused_and_not_looked_at() -> None:
    contract = contract_of("number")
    sifted = Sieve(contract).sift(Read(pa.table({"x": ["1", None, "x"]}), {1: "The row has 2 cells."}))
    assert [fault.detail for fault in sifted.faults[1]] == ["The row has 2 cells."]
    assert sorted(sifted.faults) == [1, 2]
