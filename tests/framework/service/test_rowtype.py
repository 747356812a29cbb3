from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows
from hookline.contract.sample import edge_rows, sample_rows
from hookline.service.problems import Problem
from hookline.service.rows import RowReader
from tests.framework.contract.strategies import contracts
from tests.framework.service.memory import contract_of


def reader_of(*lines: str) -> RowReader:
    """Make a reader for one feature, `f`."""
    words = "".join(f"    {line}\n" for line in lines)
    return RowReader(contract_of(f"target_label: y\ninput_features:\n  - name: f\n{words}"))


def accepts(reader: RowReader, value: object) -> bool:
    """Tell whether a value passes, and makes a column if it does."""
    literal = value if isinstance(value, str) else json.dumps(value)
    try:
        rows = reader.read(f'[{{"f": {literal}}}]'.encode())
    except Problem as problem:
        return problem.kind != "invalid"
    return len(columns_from_rows(reader.contract, rows)["f"]) == 1


@given(contracts())
@settings(max_examples=60, deadline=None)
def test_what_the_contract_makes_up_is_accepted(contract: Contract) -> None:
    reader = RowReader(contract)
    rows = [*sample_rows(contract, 5), *edge_rows(contract)]
    assert reader.read(json.dumps(rows).encode()) == rows


NUMBERS = [
    0,
    1,
    -1,
    0.5,
    1e300,
    2**53,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63) + 1,
    -(2**63),
    10**30,
    "1e400",
    "NaN",
]
FEATURES = [
    (),
    ("ge: 0", "le: 10"),
    ("gt: 0", "lt: 1"),
    ("type: int",),
    ("type: int", "gt: 0.5", "lt: 1.5"),
    ("type: int", "ge: -3", "le: 1e20"),
    ("type: int", "nullable: true"),
    ("type: int", "nullable: true", "gt: 0"),
    ("type: bool",),
    ("type: category", "choices: [a, b]"),
    ("type: category", "choices: [a, b]", "unknown: accept"),
    ("type: string", "min_length: 2", "max_length: 3"),
    ("type: string", 'pattern: "^a+$"', "nullable: true"),
    ("type: datetime",),
]
OTHERS: list[Any] = [None, True, '"a"', '"ab"', '"2026-01-31"', '"0001-01-01T00:00:00+14:00"', [], {}]


@pytest.mark.parametrize("lines", FEATURES, ids=" ".join)
@pytest.mark.parametrize("value", [*NUMBERS, *OTHERS], ids=repr)
def test_a_request_is_held_against_the_same_rules_as_training_data(
    lines: tuple[str, ...], value: Any
) -> None:
    reader = reader_of(*lines)
    (feature,) = reader.contract
    plain = json.loads(value) if isinstance(value, str) else value
    assert accepts(reader, value) == (feature.fault(plain) is None)


@pytest.mark.parametrize(
    ("literal", "whole"),
    [
        ("41.0", 41),
        ("4.1e1", 41),
        ("-0.0", 0),
        ("41.5", None),
        ("1e400", None),
        ("9007199254740993", 2**53 + 1),
    ],
)
def test_a_whole_number_may_be_written_as_a_fraction(literal: str, whole: int | None) -> None:
    reader = reader_of("type: int")
    if whole is None:
        assert not accepts(reader, literal)
    else:
        (row,) = reader.read(f'[{{"f": {literal}}}]'.encode())
        assert (row["f"], type(row["f"])) == (whole, int)


def test_a_whole_number_out_of_bounds_is_not_rounded_into_them() -> None:
    reader = reader_of("type: int", "nullable: true")
    assert accepts(reader, 2**53)
    assert not accepts(reader, 2**53 + 1)


def schema_of(*lines: str) -> dict[str, Any]:
    """Return what OpenAPI says of the feature."""
    adapter: TypeAdapter[Any] = TypeAdapter(reader_of(*lines).type)
    schema: dict[str, Any] = adapter.json_schema()["$defs"]["Row"]["properties"]["f"]
    return schema


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("unit: cm", "description: Width."), {"description": "Width. Unit: cm."}),
        (("example: 2.5",), {"examples": [2.5], "title": "f"}),
        (("ge: 0", "lt: 5"), {"type": "number", "minimum": 0.0, "exclusiveMaximum": 5.0}),
        (("type: int",), {"type": "integer", "exclusiveMinimum": -(2**63), "exclusiveMaximum": 2**63}),
        (("type: int", "nullable: true", "default: 3"), {"default": 3}),
        (("type: category", "choices: [a, b]"), {"enum": ["a", "b"]}),
        (("type: datetime",), {"type": "string", "format": "date-time"}),
        (
            ("type: category", "choices: [a]", "unknown: accept"),
            {"description": "Known: a; others are accepted and flagged."},
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_openapi_says_what_the_feature_says(lines: tuple[str, ...], wanted: dict[str, Any]) -> None:
    assert wanted.items() <= schema_of(*lines).items()
