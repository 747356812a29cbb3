from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract, contract_from_plain
from hookline.contract.columns import columns_from_rows
from hookline.contract.sample import edge_rows, sample_rows
from hookline.errors import ContractError
from tests.framework.contract.strategies import contracts


def faults(contract: Contract, rows: list[dict[str, Any]]) -> list[tuple[str, Any, str]]:
    return [
        (name, value, fault)
        for row in rows
        for name, value in row.items()
        if (fault := contract[name].fault(value)) is not None
    ]


def one(**feature: Any) -> Contract:
    plain = {"target_label": "y", "input_features": [{"name": "f", **feature}]}
    return contract_from_plain(plain, name="features.yaml")


def edges(**feature: Any) -> list[Any]:
    return [row["f"] for row in edge_rows(one(**feature)) if "f" in row]


@given(contracts(), st.integers(0, 2**32))
def test_sampled_rows_are_complete_and_valid(contract: Contract, seed: int) -> None:
    rows = sample_rows(contract, 5, seed)
    assert faults(contract, rows) == []
    assert all(list(row) == list(contract.names) for row in rows)
    columns_from_rows(contract, rows)


@given(contracts())
def test_edge_rows_are_valid_and_none_comes_twice(contract: Contract) -> None:
    rows = edge_rows(contract)
    assert faults(contract, rows) == []
    assert all(contract[name].default is not None for row in rows for name in set(contract.names) - set(row))
    keys = [tuple((name, type(value), value) for name, value in row.items()) for row in rows]
    assert len(keys) == len(set(keys))
    columns_from_rows(contract, rows)


def test_a_seed_gives_the_same_rows_and_another_seed_others() -> None:
    contract = one()
    assert sample_rows(contract, 5, 1) == sample_rows(contract, 5, 1)
    assert sample_rows(contract, 5, 1) != sample_rows(contract, 5, 2)


def test_sampled_rows_hold_nulls_where_they_may() -> None:
    values = [row["f"] for row in sample_rows(one(nullable=True), 100)]
    assert 0 < values.count(None) < 50
    assert None not in [row["f"] for row in sample_rows(one(), 100)]


def test_an_example_tells_where_numbers_without_bounds_lie() -> None:
    values = [row["f"] for row in sample_rows(one(example=1e6), 50)]
    assert max(abs(value) for value in values) > 1e5


@pytest.mark.parametrize(
    ("feature", "low", "high"),
    [
        ({}, -1e6, 1e6),
        ({"ge": 0, "le": 10}, 0, 10),
        ({"ge": 5e6}, 5e6, 6e6),
        ({"le": -5e6}, -6e6, -5e6),
        ({"type": "int", "gt": 1, "lt": 9}, 2, 8),
        ({"type": "int", "gt": 1.5, "lt": 8.5}, 2, 8),
        ({"type": "int", "ge": -1e300, "le": 1e300}, -(2**63) + 1, 2**63 - 1),
        ({"type": "int", "nullable": True, "ge": -1e300, "le": 1e300}, -(2**53), 2**53),
        ({"gt": 0, "lt": 1}, 1e-6, 1 - 1e-6),
        ({"gt": 1, "lt": 1 + 1e-9}, math.nextafter(1, 2), math.nextafter(1 + 1e-9, 0)),
    ],
    ids=str,
)
def test_the_edges_of_a_number_are_its_bounds(feature: dict[str, Any], low: float, high: float) -> None:
    found = [value for value in edges(**feature) if value is not None]
    assert (min(found), max(found)) == (low, high)


def test_the_edges_hold_null_unknown_words_and_absent_fields() -> None:
    contract = contract_from_plain(
        {
            "target_label": "y",
            "input_features": [
                {"name": "a", "nullable": True},
                {"name": "b", "type": "category", "choices": ["x", "unseen"], "unknown": "accept"},
                {"name": "c", "default": 7},
                {"name": "d", "nullable": True, "type": "bool"},
            ],
        },
        name="features.yaml",
    )
    rows = edge_rows(contract)
    assert any(row["a"] is None and row["d"] is None for row in rows)
    assert any(row["a"] is None and row["d"] is not None for row in rows)
    assert {"unseen_", ""} < {row["b"] for row in rows}
    assert any("c" not in row for row in rows)
    assert {True, False} < {row["d"] for row in rows}


def test_a_feature_that_rejects_unknown_words_gets_none() -> None:
    assert set(edges(type="category", choices=["x", "y"])) == {"x", "y"}


def test_text_is_tried_empty_long_and_foreign() -> None:
    found = edges(type="string")
    assert "" in found
    assert any("🙂" in text for text in found)
    assert max(map(len, found)) == 200
    assert {len(text) for text in edges(type="string", min_length=2, max_length=5)} <= {2, 3, 4, 5}


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{2}-\d{4}$",
        r"^(basic|pro)+(?:_v[0-9]+)?$",
        r"^[^\s@]+@[a-z]+\.(com|org)$",
        r"^\w+\W\S\D.$",
        r"^[äöü]{3}$",
        r"^[ж-я]+x?$",
        r"^[^a]b?c*$",
        r"foo",
        r"^a{2,}b{1,3}$",
    ],
)
def test_text_is_made_up_to_match_a_pattern(pattern: str) -> None:
    contract = one(type="string", pattern=pattern)
    rows = [*sample_rows(contract, 20), *edge_rows(contract)]
    assert faults(contract, rows) == []
    assert len({row["f"] for row in rows}) > 1 or pattern == "foo"


def test_where_no_text_can_be_made_up_the_example_is_taken() -> None:
    feature = {"type": "string", "pattern": "^a{100}$", "min_length": 100}
    assert faults(one(**feature), sample_rows(one(**feature), 1)) == []
    hard = {"type": "string", "pattern": r"^[a-z]{30}$|\bx\by", "max_length": 29}
    with pytest.raises(ContractError, match=r"feature 'f': no text could be made up .* give it an `example`"):
        sample_rows(one(**hard), 1)


def test_an_example_stands_in_for_text_that_cannot_be_made_up() -> None:
    contract = one(type="string", pattern=r"^(\d{1,9}\.){9}$", max_length=18, example="1." * 9)
    assert faults(contract, sample_rows(contract, 3)) == []


def test_bounds_without_a_whole_number_between_them_are_an_error() -> None:
    with pytest.raises(ContractError, match="feature 'f': no whole number keeps its bounds; widen them"):
        sample_rows(one(type="int", gt=0, lt=1), 1)
