from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract, Feature, parse_contract_text
from hookline.contract.columns import (
    column_from_values,
    columns_from_rows,
    concatenate,
    row_count,
    rows_from_columns,
    take,
)
from tests.framework.contract.strategies import contracts, rows


def meaning(feature: Feature, value: Any) -> Any:
    """Return what a value stands for, whatever the way it is written in."""
    if value is None or feature.type != "datetime":
        return value
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def assert_same(contract: Contract, some: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    assert [[meaning(f, row[f.name]) for f in contract] for row in some] == [
        [meaning(f, row[f.name]) for f in contract] for row in others
    ]


@given(st.data())
def test_rows_come_back_from_columns_as_they_went_in(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    some = data.draw(rows(contract))
    back = rows_from_columns(contract, columns_from_rows(contract, some))
    assert_same(contract, back, some)
    for row in back:
        assert {f.name: f.fault(row[f.name]) for f in contract if f.fault(row[f.name])} == {}


@pytest.mark.parametrize(
    ("type_", "nullable", "dtype"),
    [
        ("float", False, "float64"),
        ("float", True, "float64"),
        ("int", False, "int64"),
        ("int", True, "float64"),
        ("bool", False, "bool"),
        ("bool", True, "float64"),
        ("category", False, "object"),
        ("category", True, "object"),
        ("string", False, "object"),
        ("string", True, "object"),
        ("datetime", False, "datetime64[us]"),
        ("datetime", True, "datetime64[us]"),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_dtype_follows_from_the_feature_never_from_the_values(
    type_: Any, nullable: bool, dtype: str, count: int
) -> None:
    choices = ("a",) if type_ == "category" else None
    feature = Feature(name="f", type=type_, nullable=nullable, choices=choices)
    value = {"float": 1, "int": 1, "bool": True, "datetime": "2024-05-17"}.get(type_, "a")
    for values in ([value] * count, [None] * count if nullable else []):
        assert column_from_values(feature, values).dtype == np.dtype(dtype)


def test_an_absent_field_takes_its_default() -> None:
    contract = parse_contract_text(
        "target_label: y\n"
        "input_features: [a, {name: b, default: 2.5}, {name: c, nullable: true, default: null}]\n"
    )
    columns = columns_from_rows(contract, [{"a": 1}, {"a": 2, "b": 3, "c": 4}])
    assert columns["b"].tolist() == [2.5, 3.0]
    assert rows_from_columns(contract, columns)[0] == {"a": 1.0, "b": 2.5, "c": None}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-05-17T10:30:00+02:00", "2024-05-17T08:30:00.000000Z"),
        ("2024-05-17T10:30:00Z", "2024-05-17T10:30:00.000000Z"),
        ("2024-05-17T10:30:00.000001", "2024-05-17T10:30:00.000001Z"),
        ("2024-05-17", "2024-05-17T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_times_are_held_in_utc_to_the_microsecond(text: str, utc: str) -> None:
    contract = parse_contract_text("target_label: y\ninput_features:\n  - {name: t, type: datetime}\n")
    assert rows_from_columns(contract, columns_from_rows(contract, [{"t": text}])) == [{"t": utc}]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_cannot_name_is_a_fault(text: str) -> None:
    assert Feature(name="t", type="datetime").fault(text) == "not an ISO 8601 time"


@pytest.mark.parametrize("type_", ["float", "int"])
def test_a_number_beyond_doubles_is_a_fault_not_a_crash(type_: Any) -> None:
    assert Feature(name="n", type=type_).fault(10**400) is not None


def test_columns_are_picked_and_put_together() -> None:
    contract = parse_contract_text("target_label: y\ninput_features:\n  - a\n  - {name: b, type: string}\n")
    columns = columns_from_rows(contract, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}])
    assert row_count(columns) == 3
    parts = [take(columns, slice(0, 1)), take(columns, np.array([1, 2]))]
    assert rows_from_columns(contract, concatenate(parts)) == rows_from_columns(contract, columns)


def test_columns_and_samples_need_neither_pandas_nor_scikit_learn() -> None:
    code = (
        "import sys, hookline.contract.columns, hookline.contract.sample\n"
        "print(sorted({'pandas', 'sklearn', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
