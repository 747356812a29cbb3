from __future__ import annotations

import datetime as dt
import time
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract, contract_from_plain
from hookline.contract.columns import rows_from_columns
from hookline.contract.conform import Conformed, conform
from hookline.contract.frame import columns_from_frame
from hookline.contract.sample import edge_rows
from hookline.errors import DataError
from tests.framework.contract.strategies import contracts, rows
from tests.framework.contract.test_columns import assert_same


def contract_of(*features: dict[str, Any] | str) -> Contract:
    return contract_from_plain({"target_label": "y", "input_features": list(features)}, name="features.yaml")


def conform_one(feature: dict[str, Any], values: Any, dtype: Any = None) -> Conformed:
    contract = contract_of({"name": "f", **feature})
    return conform(contract, pd.DataFrame({"f": pd.Series(values, dtype=dtype)}))


def broken(done: Conformed) -> dict[str, list[int]]:
    """Return the rules that are broken, each with its first rows."""
    return {v.rule: [row for row, _ in v.examples] for v in done.violations}


NAN = float("nan")
BIG = 2**53

ACCEPTED = {
    "float from whole numbers": ({}, [1, 2], "int64", [1.0, 2.0], "float64"),
    "float from single precision": ({}, [1.5], "float32", [1.5], "float64"),
    "float from pandas' own": ({"nullable": True}, [1.5, None], "Float64", [1.5, None], "float64"),
    "float from objects": (
        {"nullable": True},
        [1, 2.5, Decimal("0.5"), None],
        object,
        [1, 2.5, 0.5, None],
        "float64",
    ),
    "float from text": ({}, ["1", " 2.5", "1e3"], "str", [1, 2.5, 1000], "float64"),
    "float from nothing": ({"nullable": True}, [None, None], object, [None, None], "float64"),
    "int from whole floats": ({"type": "int"}, [1.0, 2.0], "float64", [1, 2], "int64"),
    "int from small ints": ({"type": "int"}, [1, 2], "int8", [1, 2], "int64"),
    "int from large ints": ({"type": "int"}, [2**63 - 1], "uint64", [2**63 - 1], "int64"),
    "int from pandas' own": ({"type": "int"}, [BIG + 1], "Int64", [BIG + 1], "int64"),
    "int from objects": ({"type": "int"}, [BIG + 1, 3], object, [BIG + 1, 3], "int64"),
    "int from categories": ({"type": "int"}, [7, 8, 7], "category", [7, 8, 7], "int64"),
    "int from text": ({"type": "int"}, ["7", "8"], "str", [7, 8], "int64"),
    "nullable int": ({"type": "int", "nullable": True}, [1, None], "Int64", [1, None], "float64"),
    "nullable int without nulls": ({"type": "int", "nullable": True}, [1, 2], "int64", [1, 2], "float64"),
    "bool": ({"type": "bool"}, [True, False], "bool", [True, False], "bool"),
    "bool from 0 and 1": ({"type": "bool"}, [1, 0], "int64", [True, False], "bool"),
    "bool from floats": ({"type": "bool", "nullable": True}, [1.0, NAN], "float64", [True, None], "float64"),
    "bool from pandas' own": (
        {"type": "bool", "nullable": True},
        [True, None],
        "boolean",
        [True, None],
        "float64",
    ),
    "bool from pandas' own, no null": ({"type": "bool"}, [True], "boolean", [True], "bool"),
    "bool from objects": (
        {"type": "bool", "nullable": True},
        [True, None, 0, "false"],
        object,
        [True, None, False, False],
        "float64",
    ),
    "bool from text": ({"type": "bool"}, ["True", "false"], "str", [True, False], "bool"),
    "category from objects": (
        {"type": "category", "choices": ["a"], "nullable": True},
        ["a", None],
        object,
        ["a", None],
        "str",
    ),
    "category from categories": (
        {"type": "category", "choices": ["a", "b"]},
        ["a", "b"],
        "category",
        ["a", "b"],
        "str",
    ),
    "category from pandas' own": (
        {"type": "category", "choices": ["a"], "nullable": True},
        ["a", None],
        "string",
        ["a", None],
        "str",
    ),
    "an unknown word where accepted": (
        {"type": "category", "choices": ["a"], "unknown": "accept"},
        ["z"],
        "str",
        ["z"],
        "str",
    ),
    "string": ({"type": "string", "pattern": "^ä", "max_length": 2}, ["äö"], object, ["äö"], "str"),
    "string from nothing": ({"type": "string", "nullable": True}, [NAN, NAN], "float64", [None, None], "str"),
    "datetime from nanoseconds": (
        {"type": "datetime"},
        ["2024-05-17"],
        "datetime64[ns]",
        ["2024-05-17T00:00:00.000000Z"],
        "datetime64[us]",
    ),
    "datetime from a zone": (
        {"type": "datetime"},
        [pd.Timestamp("2024-05-17 02:00", tz="Europe/Berlin")],
        None,
        ["2024-05-17T00:00:00.000000Z"],
        "datetime64[us]",
    ),
    "datetime from text": (
        {"type": "datetime", "nullable": True},
        ["2024-05-17T02:00+02:00", None, "2024-W20-5"],
        "str",
        ["2024-05-17T00:00:00.000000Z", None, "2024-05-17T00:00:00.000000Z"],
        "datetime64[us]",
    ),
    "datetime from objects": (
        {"type": "datetime"},
        [dt.date(2024, 5, 17), dt.datetime(2024, 5, 17, tzinfo=dt.UTC), "2024-05-17"],
        object,
        ["2024-05-17T00:00:00.000000Z"] * 3,
        "datetime64[us]",
    ),
    "datetime from nothing": (
        {"type": "datetime", "nullable": True},
        [None],
        "float64",
        [None],
        "datetime64[us]",
    ),
}


@pytest.mark.parametrize(("feature", "values", "dtype", "plain", "cast"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_column_that_can_be_cast_is_cast_to_the_features_dtype(
    feature: dict[str, Any], values: Any, dtype: Any, plain: list[Any], cast: str
) -> None:
    done = conform_one(feature, values, dtype)
    assert done.violations == ()
    assert not done.bad.any()
    assert done.good_rows() is done.frame
    assert str(done.frame["f"].dtype) == cast
    contract = contract_of({"name": "f", **feature})
    back = rows_from_columns(contract, columns_from_frame(contract, done.frame))
    assert [row["f"] for row in back] == plain


VIOLATIONS = {
    "null": ({}, [1.0, NAN], None, {"null is not allowed": [1]}),
    "infinite": ({}, [1.0, np.inf, -np.inf], None, {"infinite": [1, 2]}),
    "below": ({"ge": 0}, [0.0, -1.0, NAN], None, {"null is not allowed": [2], "below 0": [1]}),
    "not above": ({"gt": 0}, [1.0, 0.0], None, {"not above 0": [1]}),
    "above": ({"le": 9}, [9, 10], None, {"above 9": [1]}),
    "not below": ({"lt": 9.5}, [9.5, 9.0], None, {"not below 9.5": [0]}),
    "bounds beside infinity": ({"le": 9}, [np.inf, 10.0, 1.0], None, {"infinite": [0], "above 9": [1]}),
    "text among numbers": ({}, ["1", "?", "2"], "str", {"not a number": [1]}),
    "true among numbers": ({}, [1, True, 2.5], object, {"not a number": [1]}),
    "a list among numbers": ({}, [1, [2], 3], object, {"not a number": [1]}),
    "a fraction": ({"type": "int"}, [1.0, 1.5], None, {"not a whole number": [1]}),
    "an infinite int": ({"type": "int"}, [1.0, np.inf], None, {"too large": [1]}),
    "text among whole numbers": ({"type": "int"}, ["1", "x", "2.5"], "str", {"not a whole number": [1, 2]}),
    "null among whole numbers": ({"type": "int"}, [1, None], "Int64", {"null is not allowed": [1]}),
    "too large": ({"type": "int"}, [1, 2**63], "uint64", {"too large": [1]}),
    "too small": ({"type": "int"}, [1, -(2**63)], "int64", {"too large": [1]}),
    "too large beside null": (
        {"type": "int", "nullable": True},
        [BIG + 1, 1],
        "int64",
        {"too large": [0]},
    ),
    "two for a bool": ({"type": "bool"}, [0, 2], "int64", {"not true or false": [1]}),
    "yes for a bool": (
        {"type": "bool"},
        ["true", "yes", None],
        object,
        {"not true or false": [1], "null is not allowed": [2]},
    ),
    "a choice": (
        {"type": "category", "choices": ["a", "b"]},
        ["a", "c", None],
        object,
        {"null is not allowed": [2], "not one of the choices": [1]},
    ),
    "a number among text": ({"type": "category", "choices": ["1"]}, ["1", 1], object, {"not text": [1]}),
    "half a character": ({"type": "string"}, ["é", "\ud800"], object, {"not text": [1]}),
    "short": ({"type": "string", "min_length": 2}, ["äö", "ä"], "str", {"shorter than 2": [1]}),
    "long": ({"type": "string", "max_length": 1}, ["ä", "äö"], "str", {"longer than 1": [1]}),
    "pattern": (
        {"type": "string", "pattern": "^a", "nullable": True},
        ["a", "b", None, "ca"],
        "str",
        {"does not match ^a": [1, 3]},
    ),
    "no time": (
        {"type": "datetime"},
        ["2024-05-17", "soon", None],
        "str",
        {"not an ISO 8601 time": [1], "null is not allowed": [2]},
    ),
    "a number for a time": ({"type": "datetime"}, ["2024-05-17", 5], object, {"not an ISO 8601 time": [1]}),
    "all null": ({"type": "datetime"}, [None, None], object, {"null is not allowed": [0, 1]}),
}  # fmt: skip


@pytest.mark.parametrize(("feature", "values", "dtype", "rules"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_cell_that_breaks_a_rule_is_found_and_can_be_left_out(
    feature: dict[str, Any], values: Any, dtype: Any, rules: dict[str, list[int]]
) -> None:
    done = conform_one(feature, values, dtype)
    assert broken(done) == rules
    assert set(np.flatnonzero(done.bad)) == {row for found in rules.values() for row in found}
    contract = contract_of({"name": "f", **feature})
    kept = done.good_rows()
    assert len(kept) == len(values) - done.bad.sum()
    assert columns_from_frame(contract, kept)["f"].dtype == contract["f"].dtype
    assert conform(contract, kept).violations == ()


CATEGORY = {"type": "category", "choices": ["1"]}
UNUSABLE = {
    "text for a number": ({}, ["abc"], "str", "float str (such as 'abc'); declare it `type: category`"),
    "bool for a number": ({}, [True], "bool", "float bool; declare it `type: bool` in features.yaml, or"),
    "bool for an int": ({"type": "int"}, [True], "bool", "int bool; declare it `type: bool`"),
    "time for a number": ({}, ["2024-05-17"], "datetime64[us]", "float datetime64[us]; declare it"),
    "complex": ({}, [1j], "complex128", "float complex128; convert the column in DataLoader.load_data"),
    "number for a category": (CATEGORY, [1], "int64", "category int64; declare it `type: int`"),
    "number for a string": ({"type": "string"}, [1.5], "float64", "string float64; declare it `type: float`"),
    "numbers as objects": ({"type": "string"}, [1.5, None], object, "object (such as 1.5); convert the"),
    "categories of numbers": (
        CATEGORY,
        [1, 2],
        "category",
        "category object (such as 1); convert the column",
    ),
    "number for a time": ({"type": "datetime"}, [5], "int64", "datetime int64; declare it `type: int`"),
    "text for a time": ({"type": "datetime"}, ["soon"], "str", "datetime str (such as 'soon'); declare it"),
    "text for a bool": ({"type": "bool"}, ["maybe"], "str", "bool str (such as 'maybe'); declare it"),
    "time for a bool": ({"type": "bool"}, ["2024-05-17"], "datetime64[us]", "bool datetime64[us]; declare"),
    "numbers for a bool": ({"type": "bool"}, [7, 8], "int64", "bool int64; declare it `type: int`"),
}


@pytest.mark.parametrize(("feature", "values", "dtype", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_column_that_can_never_be_the_feature_is_an_error_with_the_remedy(
    feature: dict[str, Any], values: Any, dtype: Any, words: str
) -> None:
    with pytest.raises(DataError) as caught:
        conform_one(feature, values, dtype)
    assert str(caught.value).startswith("feature 'f' is declared ")
    assert words in str(caught.value).replace(", but its column holds", "")


def test_all_unusable_columns_are_named_at_once() -> None:
    with pytest.raises(DataError) as caught:
        conform(contract_of("a", "b", "c"), pd.DataFrame({"a": ["x"], "b": [1.0], "c": [True]}))
    assert [line.split(" is ")[0] for line in str(caught.value).splitlines()] == [
        "feature 'a'",
        "feature 'c'",
    ]


def test_a_missing_column_is_named_beside_the_closest_there_is() -> None:
    frame = pd.DataFrame({"sepal length": [1.0], "y": [0]})
    with pytest.raises(DataError) as caught:
        conform(contract_of("sepal_length", "plan"), frame)
    assert str(caught.value) == (
        "the data lacks 2 of 2 features: 'sepal_length' (closest column: 'sepal length'); 'plan'. "
        "Return every feature of features.yaml from DataLoader.load_data, or take it out of features.yaml"
    )


def test_a_column_name_that_stands_twice_is_refused() -> None:
    frame = pd.DataFrame([[1.0, 2.0]], columns=["a", "a"])
    with pytest.raises(DataError, match="several columns called 'a'; keep one"):
        conform(contract_of("a"), frame)


def test_other_columns_and_the_index_stay_as_they_are() -> None:
    index = pd.Index([7, 3, 5], name="row")
    frame = pd.DataFrame(
        {"y": ["p", "q", "r"], "b": [1, 2, 3], "ID": [1, 2, 3], "a": [1.0, 2.0, 3.0]}, index=index
    )
    done = conform(contract_of("a", "b"), frame)
    assert list(done.frame.columns) == ["a", "b", "y", "ID"]
    pd.testing.assert_frame_equal(done.frame[["y", "ID", "a"]], frame[["y", "ID", "a"]])
    assert done.frame["b"].dtype == np.float64
    assert frame["b"].dtype == np.int64


@pytest.mark.parametrize("rule", ["hash", "drop"])
def test_the_value_of_a_personal_feature_is_never_shown(rule: str) -> None:
    done = conform_one({"type": "string", "max_length": 3, "log": rule}, ["abc", "secret"], object)
    assert done.violations[0].examples == ((1, f"(not shown: log is {rule})"),)
    with pytest.raises(DataError) as caught:
        conform_one({"log": rule}, ["secret"], object)
    assert "secret" not in str(caught.value)


def test_a_long_value_is_shown_in_part() -> None:
    done = conform_one({"type": "string", "max_length": 3}, ["x" * 1000], object)
    (example,) = done.violations[0].examples
    assert example == (0, "x" * 59 + "…")


def test_only_the_first_examples_are_shown_but_all_are_counted() -> None:
    done = conform_one({"ge": 0}, -np.ones(10))
    assert done.violations[0].count == 10
    assert done.violations[0].examples == ((0, "-1.0"), (1, "-1.0"), (2, "-1.0"))


@pytest.mark.parametrize("dtype", ["float64", "int64", "str", "object", "datetime64[us]"])
@pytest.mark.parametrize("type_", ["float", "int", "bool", "string", "datetime"])
def test_no_rows_are_no_violation_and_have_the_dtype(type_: str, dtype: str) -> None:
    done = conform_one({"type": type_}, [], dtype)
    assert done.violations == ()
    contract = contract_of({"name": "f", "type": type_})
    assert columns_from_frame(contract, done.frame)["f"].dtype == contract["f"].dtype
    assert done.frame["f"].dtype == (contract["f"].dtype if type_ != "string" else "str")


@pytest.mark.parametrize("order", [1, -1], ids=["in the contract's order", "the other way round"])
def test_columns_that_are_right_are_not_copied(order: int) -> None:
    names = [f"f{i}" for i in range(20)]
    frame = pd.DataFrame({name: np.random.default_rng(0).random(100_000) for name in names[::order]})
    frame["f1"] = frame["f1"].mask(frame["f1"] > 0.9)
    contract = contract_of(*({"name": name, "nullable": True, "ge": 0} for name in names))
    tracemalloc.start()
    done = conform(contract, frame)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.violations == ()
    assert all(np.shares_memory(done.frame[name].to_numpy(), frame[name].to_numpy()) for name in names)
    # Less than one of the twenty columns.
    assert peak < frame["f0"].nbytes


def best_of_three(work: Callable[[], object]) -> float:
    def once() -> float:
        # The processor's time: another program on this machine does not count.
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(3))


def test_a_million_rows_of_twenty_numbers_take_no_time_to_speak_of() -> None:
    frame = pd.DataFrame({f"f{i}": np.random.default_rng(i).random(1_000_000) for i in range(20)})
    contract = contract_of(*({"name": name, "ge": 0, "lt": 1} for name in frame))
    assert best_of_three(lambda: conform(contract, frame)) < 2  # 0.1 seen; a loop over rows takes far longer


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_a_million_rows_of_five_categories_are_no_loop_over_rows(dtype: str) -> None:
    words = pd.Series(np.random.default_rng(0).choice(["basic", "pro", "max"], 1_000_000), dtype=dtype)
    frame = pd.DataFrame({f"f{i}": words for i in range(5)})
    choices = ["basic", "pro", "max"]
    contract = contract_of(*({"name": name, "type": "category", "choices": choices} for name in frame))
    assert best_of_three(lambda: conform(contract, frame)) < 5  # 0.6 seen at most


@given(st.data())
def test_valid_rows_conform_and_keep_their_meaning(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    some = data.draw(rows(contract))
    done = conform(contract, pd.DataFrame(some, dtype=object))
    assert done.violations == ()
    assert_same(contract, rows_from_columns(contract, columns_from_frame(contract, done.frame)), some)


ODD: dict[str, list[Any]] = {
    "float": [None, 1e12, -1e12, float("inf")],
    "int": [None, 10**12, -(10**12), 0.5],
    "bool": [None, 2, "x"],
    "category": [None, "odd word", ""],
    "string": [None, "", "x" * 20, "odd"],
    "datetime": [None, "odd"],
}


@given(st.data())
def test_a_row_is_bad_exactly_if_a_value_of_it_is_at_fault(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    # The first row has a value in each column: a column of nothing but odd values is an error of its own.
    some = [edge_rows(contract)[0], *data.draw(rows(contract, max_size=4))]
    for row in some[1:]:
        for feature in contract:
            if feature.type == "int" and abs(row[feature.name] or 0) > BIG:
                row[feature.name] = 1  # beside a null, which makes the column double, it would be too large
            if data.draw(st.booleans()):
                row[feature.name] = data.draw(st.sampled_from(ODD[feature.type]))
    faults = [any(f.fault(row[f.name]) is not None for f in contract) for row in some]
    done = conform(contract, pd.DataFrame(some, dtype=object))
    assert done.bad.tolist() == faults
    assert {v.feature for v in done.violations} == {
        f.name for f in contract if any(f.fault(row[f.name]) is not None for row in some)
    }
