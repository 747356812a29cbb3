from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract, contract_from_plain
from hookline.contract.diff import Side, diff, read_side
from hookline.contract.sample import edge_rows, sample_rows
from hookline.errors import HooklineError
from tests.framework.contract.strategies import contracts, plain_features


def side(*features: dict[str, Any], classes: tuple[str, ...] | None = None, **top: Any) -> Side:
    plain = {"target_label": "y", **top, "input_features": list(features) or [{"name": "f"}]}
    return Side(contract_from_plain(plain, name="features.yaml"), classes)


def one(**feature: Any) -> Side:
    return side({"name": "f", **feature})


CATEGORY: dict[str, Any] = {"type": "category", "choices": ["a", "b"]}
ACCEPT = {**CATEGORY, "unknown": "accept"}
STRING = {"type": "string"}
TIME = {"type": "datetime"}
INT = {"type": "int"}

FEATURE_CHANGES = {
    "a bound where none was": ({}, {"ge": 0}, "breaking", "range-narrowed", "no bound → ge 0"),
    "a bound less": ({"ge": 0}, {}, "safe", "range-widened", "ge 0 → no bound"),
    "a higher lower bound": ({"ge": 0}, {"ge": 1}, "breaking", "range-narrowed", "ge 0 → ge 1"),
    "a lower lower bound": ({"ge": 0}, {"ge": -1}, "safe", "range-widened", "ge 0 → ge -1"),
    "the bound itself left out": ({"ge": 0}, {"gt": 0}, "breaking", "range-narrowed", "ge 0 → gt 0"),
    "the bound itself let in": ({"gt": 0}, {"ge": 0}, "safe", "range-widened", "gt 0 → ge 0"),
    "a lower open bound": ({"ge": 0}, {"gt": -1}, "safe", "range-widened", "ge 0 → gt -1"),
    "a lower upper bound": ({"le": 9}, {"le": 8}, "breaking", "range-narrowed", "le 9 → le 8"),
    "a higher upper bound": ({"lt": 9}, {"lt": 9.5}, "safe", "range-widened", "lt 9 → lt 9.5"),
    "le to lt": ({"le": 9}, {"lt": 9}, "breaking", "range-narrowed", "le 9 → lt 9"),
    "lt to le": ({"lt": 9}, {"le": 9}, "safe", "range-widened", "lt 9 → le 9"),
    "the same whole numbers below": (
        {**INT, "gt": 0},
        {**INT, "ge": 1},
        "safe",
        "range-rewritten",
        "gt 0 → ge 1",
    ),
    "the same whole numbers above": (
        {**INT, "le": 9},
        {**INT, "lt": 10},
        "safe",
        "range-rewritten",
        "le 9 → lt 10",
    ),
    "a choice less": (
        CATEGORY,
        {**CATEGORY, "choices": ["a"]},
        "breaking",
        "choices-removed",
        "removed 'b'",
    ),
    "a choice more": (
        CATEGORY,
        {**CATEGORY, "choices": ["a", "b", "c"]},
        "safe",
        "choices-added",
        "added 'c'",
    ),
    "choices in another order": (
        CATEGORY,
        {**CATEGORY, "choices": ["b", "a"]},
        "safe",
        "choices-reordered",
        "the choices stand in another order",
    ),
    "a choice less where unknown ones pass": (
        ACCEPT,
        {**ACCEPT, "choices": ["a"]},
        "safe",
        "choices-removed",
        "removed 'b'",
    ),
    "unknown values refused": (ACCEPT, CATEGORY, "breaking", "unknown-rejected", "accept → reject"),
    "unknown values accepted": (CATEGORY, ACCEPT, "safe", "unknown-accepted", "reject → accept"),
    "null refused": ({"nullable": True}, {}, "breaking", "null-refused", "null no longer allowed"),
    "null allowed": ({}, {"nullable": True}, "safe", "null-allowed", "null allowed"),
    "a default": ({}, {"default": 1}, "safe", "default-added", "default 1"),
    "a default of null": (
        {"nullable": True},
        {"nullable": True, "default": None},
        "safe",
        "default-added",
        "default null",
    ),
    "a default less": ({"default": 1}, {}, "breaking", "default-removed", "default 1 removed"),
    "another default": ({"default": 1}, {"default": 2}, "breaking", "default-changed", "default 1 → 2"),
    "int to float": (INT, {}, "safe", "type-changed", "int → float"),
    "float to int": ({}, INT, "breaking", "type-changed", "float → int"),
    "float to bool": ({}, {"type": "bool"}, "breaking", "type-changed", "float → bool"),
    "bool to int": ({"type": "bool"}, INT, "breaking", "type-changed", "bool → int"),
    "category to string": (CATEGORY, STRING, "safe", "type-changed", "category → string"),
    "category to string of a pattern it keeps": (
        CATEGORY,
        {**STRING, "pattern": "^[ab]$"},
        "safe",
        "type-changed",
        "category → string",
    ),
    "category to string of a pattern it breaks": (
        CATEGORY,
        {**STRING, "pattern": "^a$"},
        "breaking",
        "type-changed",
        "category → string",
    ),
    "open category to bounded string": (
        ACCEPT,
        {**STRING, "max_length": 5},
        "breaking",
        "type-changed",
        "category → string",
    ),
    "open category to string": (ACCEPT, STRING, "safe", "type-changed", "category → string"),
    "string to category": (STRING, CATEGORY, "breaking", "type-changed", "string → category"),
    "string to open category": (STRING, ACCEPT, "safe", "type-changed", "string → category"),
    "datetime to string": (TIME, STRING, "safe", "type-changed", "datetime → string"),
    "string to datetime": (STRING, TIME, "breaking", "type-changed", "string → datetime"),
    "a shorter longest text": (
        STRING,
        {**STRING, "max_length": 5},
        "breaking",
        "length-narrowed",
        "max_length none → 5",
    ),
    "a longer longest text": (
        {**STRING, "max_length": 5},
        {**STRING, "max_length": 6},
        "safe",
        "length-widened",
        "max_length 5 → 6",
    ),
    "a longer shortest text": (
        STRING,
        {**STRING, "min_length": 1},
        "breaking",
        "length-narrowed",
        "min_length none → 1",
    ),
    "a shorter shortest text": (
        {**STRING, "min_length": 2},
        {**STRING, "min_length": 1},
        "safe",
        "length-widened",
        "min_length 2 → 1",
    ),
    "no shortest text in other words": (
        STRING,
        {**STRING, "min_length": 0},
        "safe",
        "length-rewritten",
        "min_length none → 0",
    ),
    "a pattern": (STRING, {**STRING, "pattern": "a"}, "breaking", "pattern-added", "pattern 'a'"),
    "a pattern less": (
        {**STRING, "pattern": "a"},
        STRING,
        "safe",
        "pattern-removed",
        "pattern 'a' removed",
    ),
    "another pattern": (
        {**STRING, "pattern": "a"},
        {**STRING, "pattern": "b"},
        "breaking",
        "pattern-changed",
        "pattern 'a' → 'b'",
    ),
    "another unit": ({"unit": "cm"}, {"unit": "m"}, "breaking", "unit-changed", "unit 'cm' → 'm'"),
    "a unit": ({}, {"unit": "m"}, "safe", "unit-named", "unit 'm'"),
    "a unit less": ({"unit": "m"}, {}, "safe", "unit-named", "unit 'm' removed"),
    "another description": (
        {},
        {"description": "size"},
        "safe",
        "description-changed",
        "another description",
    ),
    "another example": ({"example": 1}, {"example": 2}, "safe", "example-changed", "another example"),
    "logged less": ({}, {"log": "drop"}, "safe", "log-changed", "log raw → drop"),
    "logged more": ({"log": "hash"}, {}, "safe", "log-changed", "log hash → raw"),
}


@pytest.mark.parametrize(
    ("old", "new", "verdict", "kind", "what"), FEATURE_CHANGES.values(), ids=FEATURE_CHANGES
)
def test_a_change_of_a_feature_is_safe_or_breaking(
    old: dict[str, Any], new: dict[str, Any], verdict: str, kind: str, what: str
) -> None:
    (change,) = diff(one(**old), one(**new))
    assert (change.where, change.verdict, change.kind, change.what) == ("f", verdict, kind, what)
    assert len(change.why) > 10


AB = ({"name": "a"}, {"name": "b"})
CONTRACT_CHANGES = {
    "a required feature more": (side(AB[0]), side(*AB), "b", "breaking", "feature-added"),
    "a feature with a default more": (
        side(AB[0]),
        side(AB[0], {"name": "b", "default": 0}),
        "b",
        "safe",
        "feature-added",
    ),
    "a feature less": (side(*AB), side(AB[0]), "b", "breaking", "feature-removed"),
    "features in another order": (
        side(*AB),
        side(*reversed(AB)),
        "input_features",
        "safe",
        "features-reordered",
    ),
    "another task": (side(), side(task="regression"), "task", "breaking", "task-changed"),
    "another target": (side(), side(target_label="z"), "target_label", "safe", "target-renamed"),
    "a class less": (
        side(classes=("p", "q", "r")),
        side(classes=("p", "q")),
        "classes",
        "breaking",
        "classes-removed",
    ),
    "a class more": (
        side(classes=("p",)),
        side(classes=("p", "q")),
        "classes",
        "breaking",
        "classes-added",
    ),
    "classes in another order": (
        side(classes=("p", "q")),
        side(classes=("q", "p")),
        "classes",
        "breaking",
        "classes-reordered",
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "where", "verdict", "kind"), CONTRACT_CHANGES.values(), ids=CONTRACT_CHANGES
)
def test_a_change_of_the_contract_is_safe_or_breaking(
    old: Side, new: Side, where: str, verdict: str, kind: str
) -> None:
    (change,) = diff(old, new)
    assert (change.where, change.verdict, change.kind) == (where, verdict, kind)


def test_a_renamed_feature_is_one_less_and_one_more() -> None:
    changes = diff(side({"name": "a"}), side({"name": "b"}))
    assert [(c.where, c.kind, c.verdict) for c in changes] == [
        ("b", "feature-added", "breaking"),
        ("a", "feature-removed", "breaking"),
    ]


def test_a_change_of_type_is_judged_with_its_bounds() -> None:
    changes = diff(one(type="int", ge=1), one(gt=0))
    assert [(c.kind, c.verdict) for c in changes] == [("type-changed", "safe"), ("range-rewritten", "safe")]
    changes = diff(one(type="int"), one(ge=1))
    assert [(c.kind, c.verdict) for c in changes] == [
        ("type-changed", "safe"),
        ("range-narrowed", "breaking"),
    ]


def test_many_choices_are_named_in_part() -> None:
    (change,) = diff(one(**CATEGORY), one(type="category", choices=[*"abcdefghij"]))
    assert change.what == "added 'c', 'd', 'e', 'f', 'g' and 3 more"


def test_classes_are_compared_only_where_both_sides_tell_them() -> None:
    assert diff(side(classes=("p",)), side()) == []


@given(contracts())
def test_a_contract_equals_itself(contract: Contract) -> None:
    assert diff(Side(contract), Side(contract)) == []


@given(plain_features("f"), plain_features("f"))
def test_where_no_change_is_breaking_every_old_request_is_valid(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before, after = side(old), side(new)
    if any(change.verdict == "breaking" for change in diff(before, after)):
        return
    for row in [*sample_rows(before.contract, 20), *edge_rows(before.contract)]:
        fault = after.contract["f"].fault(row["f"])
        # Nullable turned on narrows an int to what a double holds; the manual says so.
        assert fault is None or fault == "too large"


@given(st.data())
def test_every_change_of_a_feature_is_noticed(data: st.DataObject) -> None:
    old, new = data.draw(plain_features("f")), data.draw(plain_features("f"))
    before, after = side(old), side(new)
    assert (diff(before, after) == []) == (before.contract == after.contract)


def manifest(folder: Path, content: Any) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_a_model_version_is_read_with_its_classes(tmp_path: Path) -> None:
    contract = one().contract
    folder = manifest(tmp_path / "v1", {"contract": contract.plain(), "classes": ["p", "q"]})
    assert read_side(folder) == read_side(folder / "manifest.json") == Side(contract, ("p", "q"))


def test_a_regression_version_has_no_classes(tmp_path: Path) -> None:
    contract = one().contract
    assert read_side(manifest(tmp_path / "v1", {"contract": contract.plain(), "classes": None})) == Side(
        contract
    )


def test_a_features_file_is_a_side(tmp_path: Path) -> None:
    path = tmp_path / "features.yaml"
    path.write_text("target_label: y\ninput_features: [f]\n")
    assert read_side(path) == one()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"contract": 3}', "null", "\udcff", "[" * 100_000])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "v1"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(HooklineError, match=r"manifest\.json is not the manifest of a model version"):
        read_side(folder)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HooklineError, match=r"no\.yaml does not exist; name a features\.yaml or"):
        read_side(tmp_path / "no.yaml")
    with pytest.raises(HooklineError, match=r"no\.json cannot be read: No such file"):
        read_side(tmp_path / "no.json")
    with pytest.raises(HooklineError, match=r"is a folder without manifest\.json"):
        read_side(tmp_path)
