from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hookline.yamlfile import read_yaml_text
from hookline.yamltext import as_yaml


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("two words", "two words"),
        ("a-b.c/d", "a-b.c/d"),
        ("größe", "größe"),
        ("yes", '"yes"'),
        ("No", '"No"'),
        ("null", '"null"'),
        ("1", '"1"'),
        ("1e5", '"1e5"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("#", '"#"'),
        ("- a", '"- a"'),
        ("a\nb", '"a\\x0ab"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("\u2028", '"\\u2028"'),
        ("\U000e0001", '"\\U000e0001"'),
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1e-7, "1.0e-07"),
        (1e30, "1.0e+30"),
        (["a", "no"], '[a, "no"]'),
        ([], "[]"),
    ],
)  # fmt: skip
def test_text_is_quoted_where_it_must_be(value: Any, text: str) -> None:
    assert as_yaml(value) == text


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C"]))


@given(
    PRINTABLE
    | st.sampled_from(["on", "~", "=", "<<", "2024-05-17", "0x10", "1_000", ".5", "@a", "%a", "[", "{a}"])
)
def test_text_comes_back_from_yaml_as_it_went_in(value: str) -> None:
    text = f"- {as_yaml(value)}\n- [{as_yaml(value)}, x]\n"
    assert yaml.safe_load(text) == [value, [value, "x"]]
    assert read_yaml_text(f"a: {as_yaml(value)}\n", name="a").content == {"a": value}


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1))
def test_a_number_comes_back_from_yaml_as_it_went_in(value: float) -> None:
    assert yaml.safe_load(f"a: {as_yaml(value)}\n") == {"a": value}
    assert read_yaml_text(f"a: {as_yaml(value)}\n", name="a").content == {"a": value}


@pytest.mark.parametrize(
    "value", ["", "a", "no", "Off", "1.10", "a: b", "ü", "true", 1, 0.5, True, [], ["a"]], ids=repr
)
def test_a_value_written_as_yaml_is_read_back(value: object) -> None:
    assert read_yaml_text(f"a: {as_yaml(value)}", name="f.yaml").content == {"a": value}
