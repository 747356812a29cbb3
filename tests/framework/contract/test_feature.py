from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hookline.contract import Feature
from hookline.contract.regex import pattern_fault

FAULTS: list[tuple[dict[str, Any], Any, str | None]] = [
    ({}, 1.5, None),
    ({}, 1, None),
    ({}, None, "null is not allowed"),
    ({"nullable": True}, None, None),
    ({}, True, "not a number"),
    ({}, "1", "not a number"),
    ({}, math.nan, "not a number"),
    ({}, math.inf, "not a number"),
    ({}, 10**400, "not a number"),
    ({"ge": 0}, 0, None),
    ({"ge": 0}, -0.1, "below 0"),
    ({"gt": 0}, 0, "not above 0"),
    ({"le": 1.5}, 2, "above 1.5"),
    ({"lt": 1}, 1, "not below 1"),
    ({"ge": 0, "lt": 1}, 0.5, None),
    ({"type": "int"}, 3, None),
    ({"type": "int"}, 3.0, "not a whole number"),
    ({"type": "int"}, True, "not a whole number"),
    ({"type": "int"}, 2**63 - 1, None),
    ({"type": "int"}, 2**63, "too large"),
    ({"type": "int", "nullable": True}, 2**53, None),
    ({"type": "int", "nullable": True}, -(2**53) - 1, "too large"),
    ({"type": "bool"}, False, None),
    ({"type": "bool"}, 0, "not true or false"),
    ({"type": "category", "choices": ["a", "b"]}, "a", None),
    ({"type": "category", "choices": ["a", "b"]}, "c", "not one of a, b"),
    ({"type": "category", "choices": ["a", "b"]}, 1, "not text"),
    ({"type": "category", "choices": ["a"], "unknown": "accept"}, "c", None),
    ({"type": "category", "unknown": "accept"}, "c", None),
    ({"type": "string"}, "", None),
    ({"type": "string"}, 1, "not text"),
    ({"type": "string", "min_length": 2}, "a", "shorter than 2"),
    ({"type": "string", "max_length": 2}, "äöü", "longer than 2"),
    ({"type": "string", "pattern": "b+"}, "abbc", None),
    ({"type": "string", "pattern": "^b+$"}, "abbc", "does not match ^b+$"),
    ({"type": "string", "pattern": "^b$"}, "b\n", "does not match ^b$"),
    ({"type": "datetime"}, "2024-01-02T03:04:05+01:00", None),
    ({"type": "datetime"}, "2024-01-02", None),
    ({"type": "datetime"}, "2024-13-02", "not an ISO 8601 time"),
    ({"type": "datetime"}, 5, "not an ISO 8601 time"),
    ({"type": "datetime"}, "9999-12-31T23:59:59-14:00", "not an ISO 8601 time"),
]


@pytest.mark.parametrize(("words", "value", "fault"), FAULTS, ids=lambda part: str(part)[:40])
def test_a_value_keeps_the_declaration_or_it_is_said_why_not(
    words: dict[str, Any], value: Any, fault: str | None
) -> None:
    assert Feature(name="f", **words).fault(value) == fault


DTYPES: list[tuple[dict[str, Any], str]] = [
    ({}, "float64"),
    ({"type": "int"}, "int64"),
    ({"type": "int", "nullable": True}, "float64"),
    ({"type": "bool"}, "bool"),
    ({"type": "bool", "nullable": True}, "float64"),
    ({"type": "string"}, "object"),
    ({"type": "category", "choices": ["a"]}, "object"),
    ({"type": "datetime"}, "datetime64[us]"),
]


@pytest.mark.parametrize(("words", "dtype"), DTYPES, ids=str)
def test_a_dtype_follows_from_the_declaration(words: dict[str, Any], dtype: str) -> None:
    feature = Feature(name="f", **words)
    assert feature.dtype == np.dtype(dtype)
    assert feature.is_text is (dtype == "object")


def test_a_declaration_made_in_python_says_what_is_wrong_too() -> None:
    with pytest.raises(ValidationError, match="`ge` and `gt` are both set; keep one"):
        Feature(name="f", ge=0, gt=0)


@pytest.mark.parametrize(
    "pattern", [r"^\d{5}$", "^(a|b)+$", "(?i)x", r"\bword\b", "[äöü]", r"^[^\s@]+@[^\s@]+$"]
)
def test_usual_patterns_can_be_used(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@given(st.text(alphabet="ab()[]{}?*+|^$\\.,0-9:=!<>PpdwsZzuUx&#\n", max_size=12))
def test_any_pattern_can_be_used_or_it_is_said_why_not(pattern: str) -> None:
    fault = pattern_fault(pattern)
    if fault is None:
        assert Feature(name="f", type="string", pattern=pattern).fault("text") in (
            None,
            f"does not match {pattern}",
        )
    else:
        assert fault


def test_a_clever_value_cannot_stall_a_pattern() -> None:
    # Python's own engine would not come back from this one.
    assert Feature(name="f", type="string", pattern="^(a+)+$").fault("a" * 5_000 + "!") is not None
