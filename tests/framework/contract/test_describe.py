from __future__ import annotations

import json
from typing import Any

import pytest

from hookline.contract import Contract, contract_from_plain
from hookline.contract.describe import HEADINGS, contract_plain, contract_table


def contract_of(**feature: Any) -> Contract:
    plain = {"target_label": "y", "input_features": [{"name": "f", **feature}]}
    return contract_from_plain(plain, name="features.yaml")


CELLS = {
    "nothing": ({}, "rules", ""),
    "bounds": ({"ge": 0, "lt": 1.5}, "rules", "≥ 0, < 1.5"),
    "open bounds": ({"gt": 0, "le": 2}, "rules", "> 0, ≤ 2"),
    "choices": ({"type": "category", "choices": ["a", "b"]}, "rules", "a, b"),
    "open choices": ({"type": "category", "choices": ["a"], "unknown": "accept"}, "rules", "a, …"),
    "no choices": ({"type": "category", "unknown": "accept"}, "rules", "any text"),
    "text": (
        {"type": "string", "min_length": 1, "max_length": 9, "pattern": "^a"},
        "rules",
        "at least 1 characters, at most 9 characters, matches ^a",
    ),
    "required": ({}, "default", "required"),
    "a default": ({"default": 1}, "default", "1"),
    "a default of null": ({"default": None, "nullable": True}, "default", "null"),
    "null": ({"nullable": True}, "null", "allowed"),
    "unit": ({"unit": "cm"}, "unit", "cm"),
    "log": ({"log": "hash"}, "log", "hash"),
    "description": ({"description": "how long"}, "description", "how long"),
}


@pytest.mark.parametrize(("feature", "heading", "cell"), CELLS.values(), ids=CELLS)
def test_a_feature_is_a_row_of_words(feature: dict[str, Any], heading: str, cell: str) -> None:
    (row,) = contract_table(contract_of(**feature))
    assert dict(zip(HEADINGS, row, strict=True))[heading] == cell


def test_plain_data_has_every_key_and_a_default_only_where_there_is_one() -> None:
    plain = contract_plain(contract_of(nullable=True, default=None, ge=0))
    (feature,) = plain["input_features"]
    assert feature["required"] is False
    assert feature["default"] is None
    assert feature["ge"] == 0
    assert feature["le"] is None
    assert "default" not in contract_plain(contract_of())["input_features"][0]
    assert plain["fingerprint"].startswith("sha256:")
    json.dumps(plain)
