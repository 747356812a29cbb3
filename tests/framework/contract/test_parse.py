from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import Contract, contract_from_plain, parse_contract, parse_contract_text
from hookline.errors import ContractError, HooklineError
from tests.framework.broken_yaml.cases import Case, cases

LONG = """\
task: regression
target_label: price
input_features:
  - size
  - name: plan
    type: category
    choices: [no, basic, "1"]
    unknown: accept
    nullable: true
    default: null
    log: hash
  - name: rooms
    type: int
    ge: 0.0
    lt: 1e3
    default: 2
    unit: rooms
    description: without kitchens
    example: 3
  - name: code
    type: string
    pattern: ^[A-Z]{2}\\d+$
    min_length: 3
  - name: built
    type: datetime
    example: 2024-01-02
  - name: garden
    type: bool
"""


@pytest.mark.parametrize("case", cases("features"), ids=lambda case: case.name)
def test_a_broken_file_says_everything_that_is_wrong_in_its_order(case: Case) -> None:
    with pytest.raises(ContractError) as caught:
        parse_contract_text(case.text)
    assert str(caught.value) == case.message


def test_the_short_form_of_older_templates_is_a_classification_of_numbers() -> None:
    contract = parse_contract_text("target_label: species\ninput_features: [a, b]\n")
    assert (contract.task, contract.target_label, contract.names) == ("classification", "species", ("a", "b"))
    assert [(feature.type, feature.required, feature.nullable) for feature in contract] == [
        ("float", True, False)
    ] * 2


def test_the_long_form_is_read_as_written() -> None:
    contract = parse_contract_text(LONG)
    assert contract.task == "regression"
    assert contract["plan"].choices == ("no", "basic", "1")
    assert (contract["plan"].required, contract["plan"].default) == (False, None)
    assert (contract["rooms"].ge, contract["rooms"].lt, contract["rooms"].default) == (0, 1000, 2)
    assert contract["built"].example == "2024-01-02"
    assert len(list(contract)) == 6
    with pytest.raises(KeyError):
        contract["gone"]


def test_plain_data_gives_the_contract_back() -> None:
    contract = parse_contract_text(LONG)
    plain = json.loads(json.dumps(contract.plain()))
    again = contract_from_plain(plain, name="manifest.json")
    assert again == contract
    assert again.plain() == contract.plain()
    assert again.fingerprint == contract.fingerprint
    assert [feature.required for feature in again] == [feature.required for feature in contract]


def test_what_is_wrong_in_plain_data_is_said_without_a_line() -> None:
    with pytest.raises(ContractError) as caught:
        contract_from_plain(
            {"target_label": "y", "input_features": [{"name": "a", "ge": "x"}]}, name="manifest.json"
        )
    assert str(caught.value) == "manifest.json: feature 'a': `ge` is 'x'; it must be a finite number"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (
            "task: classification\ntarget_label: y\ninput_features: [{name: a, ge: 0.0, nullable: false}]",
            True,
        ),
        ("{input_features: [{ge: 0, name: a, type: float}], target_label: 'y'}", True),
        ("target_label: y\ninput_features: [{name: a, ge: 0, description: null}]", True),
        ("target_label: y\ninput_features: [{name: a, ge: 0, nullable: true}]", False),
        ("target_label: y\ninput_features: [{name: a, ge: 0, default: 0}]", False),
        ("target_label: y\ninput_features: [{name: a, gt: 0}]", False),
    ],
    ids=[
        "defaults written out",
        "another order of keys",
        "null for nothing",
        "nullable",
        "a default",
        "a bound",
    ],
)
def test_a_fingerprint_is_the_same_exactly_if_the_same_is_declared(other: str, same: bool) -> None:
    contract = parse_contract_text("target_label: y\ninput_features: [{name: a, ge: 0}]")
    assert (parse_contract_text(other).fingerprint == contract.fingerprint) is same


def test_a_default_of_null_is_not_the_same_as_none() -> None:
    texts = [
        f"target_label: y\ninput_features: [{{name: a, nullable: true{more}}}]"
        for more in ("", ", default: null")
    ]
    required, optional = map(parse_contract_text, texts)
    assert required.fingerprint != optional.fingerprint
    assert [required["a"].required, optional["a"].required] == [True, False]


def test_a_contract_cannot_be_changed() -> None:
    contract = parse_contract_text("target_label: y\ninput_features: [a]")
    with pytest.raises(ValueError, match="frozen"):
        contract.target_label = "z"  # type: ignore[misc]  # this is the point
    with pytest.raises(ValueError, match="frozen"):
        contract["a"].name = "z"  # type: ignore[misc]  # this is the point


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        parse_contract(tmp_path / "features.yaml", name="source/model/features.yaml")
    assert str(caught.value) == (
        f"source/model/features.yaml is missing at {tmp_path / 'features.yaml'}; write it, "
        "or draft it with `hookline contract infer DATA.csv --target COLUMN`"
    )


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "features.yaml"
    path.write_text(LONG, encoding="utf-8")
    assert parse_contract(path) == parse_contract_text(LONG)


@pytest.mark.parametrize(
    "words",
    [
        {"name": "\ud800"},
        {"name": "a", "\ud800": 1},
        {"name": "a", "unit": "\udfff"},
        {"name": "a", "type": "string", "example": "\udfff"},
    ],
    ids=ascii,
)
def test_half_a_character_is_refused_in_words(words: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        contract_from_plain({"target_label": "y", "input_features": [words]}, name="plain")


def test_thousands_of_choices_and_features_are_read_at_once() -> None:
    choices = [f"choice {number}" for number in range(20_000)]
    features = [{"name": f"f{number}"} for number in range(5_000)]
    features.append({"name": "many", "type": "category", "choices": choices})  # type: ignore[dict-item]  # plain data
    contract = contract_from_plain({"target_label": "y", "input_features": features}, name="plain")
    assert len(contract["many"].choices or ()) == 20_000


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["float", "int", "category", "string", "datetime", "2024-01-02", "accept", "[", "(?=a)"]
    )
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
some_words = st.sampled_from(
    [
        "name",
        "type",
        "choices",
        "unknown",
        "nullable",
        "default",
        "ge",
        "lt",
        "min_length",
        "pattern",
        "example",
        "unit",
    ]
)
some_features = st.lists(st.dictionaries(some_words, anything, max_size=6) | anything, max_size=4) | anything


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "task": anything,
            "target_label": anything,
            "input_features": some_features,
            "more": anything,
        },
    )
)
def test_any_plain_data_is_a_contract_or_refused_in_words(plain: dict[str, Any]) -> None:
    assert isinstance(_contract(plain), Contract | str)


@given(st.dictionaries(some_words, anything, max_size=6))
def test_any_declaration_is_a_feature_or_refused_in_words(words: dict[str, Any]) -> None:
    contract = _contract({"target_label": "the target", "input_features": [{"name": "a", **words}]})
    if isinstance(contract, Contract):
        assert contract_from_plain(json.loads(json.dumps(contract.plain())), name="again") == contract


def _contract(plain: dict[str, Any]) -> Contract | str:
    try:
        return contract_from_plain(plain, name="plain")
    except HooklineError as error:
        return str(error)
