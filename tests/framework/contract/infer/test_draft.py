from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hookline.contract.infer import ColumnDraft, Data, Draft, Reading, draft_contract, read_data
from hookline.errors import DataError

N = 60
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.random(N)
ANSWER = RANDOM.choice(["yes", "no"], N)


def drafted(tmp_path: Path, columns: dict[str, Any], target: str = "y", **options: Any) -> Draft:
    frame = pd.DataFrame({"noise": NOISE, **columns})
    if target not in frame:
        frame[target] = ANSWER
    frame.to_parquet(tmp_path / "data.parquet")
    return draft_contract(read_data(tmp_path / "data.parquet"), target, **options)


def column(tmp_path: Path, name: str, values: Any) -> ColumnDraft:
    (found,) = [c for c in drafted(tmp_path, {name: values}).columns if c.name == name]
    return found


def every_tenth_null(values: Any) -> pd.Series[Any]:
    series = pd.Series(values).convert_dtypes()
    return series.mask(np.arange(N) % 10 == 0)


WORDS = [f"word {i % 7}" for i in range(N)]
DAYS = [date(2024, 1 + i % 12, 1 + i % 28) for i in range(N)]
COLUMNS = {
    "numbers": (NOISE * 3, "float", {}),
    "numbers and nulls": (every_tenth_null(NOISE), "float", {"nullable": True}),
    "single precision": ((np.arange(N) % 2 + 0.1).astype("float32"), "float", {"example": 1.1}),
    "whole numbers": (RANDOM.integers(0, 1000, N), "int", {}),
    "whole numbers and nulls": (every_tenth_null(RANDOM.integers(0, 1000, N)), "int", {"nullable": True}),
    "whole numbers beyond doubles and nulls": (
        every_tenth_null(RANDOM.integers(2**60, 2**62, N)),
        "float",
        {"nullable": True},
    ),
    "unsigned": (np.arange(N, dtype="uint64") * 7 + 2**63, "float", {}),
    "decimals": ([Decimal(i) / 8 for i in range(N)], "float", {"example": 3.75}),
    "true and false": (NOISE > 0.5, "bool", {}),
    "true and false and nulls": (every_tenth_null(NOISE > 0.5), "bool", {"nullable": True}),
    "few words": (WORDS, "category", {"choices": [f"word {i}" for i in range(7)]}),
    "few words and nulls": (every_tenth_null(WORDS), "category", {"nullable": True}),
    "categories": (pd.Categorical(WORDS), "category", {"choices": [f"word {i}" for i in range(7)]}),
    "categories of numbers": (pd.Categorical([i % 7 for i in range(N)]), "int", {}),
    "many words": ([f"two words {i // 2}" for i in range(N)], "category", {}),
    "free text": ([f"text number {i}" for i in range(N)], "string", {}),
    "times": (
        pd.to_datetime(DAYS),
        "datetime",
        {"example": "2024-07-03T00:00:00Z"},
    ),
    "times with a zone": (pd.to_datetime(DAYS).tz_localize("Europe/Berlin"), "datetime", {}),
    "dates": (DAYS, "datetime", {}),
    "dates as text": ([day.isoformat() for day in DAYS], "datetime", {}),
    "times as text and nulls": (
        every_tenth_null([datetime(2024, 1, 1, i % 24, tzinfo=UTC).isoformat() for i in range(N)]),
        "datetime",
        {"nullable": True},
    ),
    "dates of another order": (["17.05.2024", "18.05.2024"] * (N // 2), "category", {}),
}


@pytest.mark.parametrize(("values", "type_", "more"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_is_taken_for_what_it_holds(
    tmp_path: Path, values: Any, type_: str, more: dict[str, Any]
) -> None:
    found = column(tmp_path, "c", values)
    assert found.left_out is None
    assert found.declaration["type"] == type_
    assert {word: found.declaration.get(word) for word in more} == more
    assert found.declaration["example"] is not None
    assert found.facts


def test_words_that_come_again_and_again_are_a_category_without_choices(tmp_path: Path) -> None:
    frame = pd.DataFrame({"city": [f"city {i % 60}" for i in range(600)], "y": np.arange(600) / 7})
    frame.to_csv(tmp_path / "data.csv", index=False)
    (city,) = draft_contract(read_data(tmp_path / "data.csv"), "y").features
    assert city.declaration["type"] == "category"
    assert "choices" not in city.declaration
    assert city.declaration["unknown"] == "accept"


def test_long_text_is_no_choice_and_its_example_is_cut(tmp_path: Path) -> None:
    found = column(tmp_path, "c", ["x" * 1000, "y" * 1000] * (N // 2))
    assert found.declaration == {"name": "c", "type": "string", "example": "x" * 100}


def test_words_that_yaml_cannot_hold_are_no_choices(tmp_path: Path) -> None:
    found = column(tmp_path, "c", ["a\x1f", "b"] * (N // 2))
    assert found.declaration == {"name": "c", "type": "category", "unknown": "accept", "example": "a "}


def test_choices_seen_in_a_part_of_the_rows_leave_the_others_possible(tmp_path: Path) -> None:
    frame = pd.DataFrame({"plan": ["a", "b"] * 50, "y": np.arange(100) % 3 / 2})
    frame.to_csv(tmp_path / "data.csv", index=False)
    draft = draft_contract(read_data(tmp_path / "data.csv", rows=50), "y")
    assert (draft.rows, draft.complete) == (50, False)
    assert draft.features[0].declaration["unknown"] == "accept"
    whole = draft_contract(read_data(tmp_path / "data.csv", rows=100), "y")
    assert (whole.rows, whole.complete) == (100, True)
    assert "unknown" not in whole.features[0].declaration


LEFT_OUT = {
    "an id by name": ("customer_id", RANDOM.permutation(N) * 7, "by its name"),
    "an Id by name": ("orderId", RANDOM.permutation(N) * 7, "by its name"),
    "an index": ("Unnamed: 0", RANDOM.permutation(N) * 7, "it has no name in the file"),
    "a counter": ("row", np.arange(N), "counts the rows"),
    "a counter down": ("row", np.arange(N)[::-1], "counts the rows"),
    "digits that are all different": ("token", [f"{i:05}" for i in range(N)], "no two values are equal"),
    "words that are all different": ("token", [f"t{i}" for i in range(N)], "no two values are equal"),
    "UUIDs": ("token", [str(uuid.UUID(int=i)) for i in range(N)], "every value is a UUID"),
    "a constant": ("c", np.ones(N), "constant: every value is 1.0"),
    "a constant word": ("c", ["x"] * N, "constant: every value is x"),
    "nothing but nulls": ("c", np.full(N, np.nan), "constant: every value is null"),
    "the target": ("c", ANSWER, "it equals the target"),
    "the target in other words": ("c", np.where(ANSWER == "yes", 1, 0), "the target in other words"),
    "bytes": ("c", [b"x", b"y"] * (N // 2), "holds bytes, which no feature can be"),
    "lists": ("c", [[1], [2]] * (N // 2), "holds ndarray, which no feature can be"),
    "spaces around the name": (" c", NOISE * 2, "its name is empty or has spaces around it"),
    "no name": ("", NOISE * 2, "its name is empty"),
}


@pytest.mark.parametrize(("name", "values", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_column_that_should_be_no_feature_is_left_out_with_the_reason(
    tmp_path: Path, name: str, values: Any, reason: str
) -> None:
    draft = drafted(tmp_path, {name: values})
    assert [(c.name, reason in (c.left_out or "")) for c in draft.left_out] == [(name, True)]
    assert draft.contract.names == ("noise",)


KEPT = {
    "an id that comes twice": ("customer_id", np.arange(N) // 2),
    "different numbers in no order": ("income", RANDOM.permutation(N) * 7),
    "different fractions": ("size", NOISE * 5),
    "free text": ("remark", [f"remark number {i}" for i in range(N)]),
    "one word and nulls": ("flag", ["x", None] * (N // 2)),
    "what explains the target nearly": ("c", np.where(np.arange(N) > 0, ANSWER, "maybe")),
}


@pytest.mark.parametrize(("name", "values"), KEPT.values(), ids=KEPT)
def test_what_only_resembles_an_identifier_or_a_constant_is_kept(
    tmp_path: Path, name: str, values: Any
) -> None:
    assert drafted(tmp_path, {name: values}).left_out == ()


def test_complex_numbers_can_be_no_feature() -> None:
    frame = pd.DataFrame({"noise": NOISE, "c": NOISE * 1j, "y": ANSWER})
    draft = draft_contract(Data(frame, complete=True, reading=Reading(Path("data.csv"))), "y")
    assert draft.left_out[0].left_out is not None
    assert "holds complex, which no feature can be" in draft.left_out[0].left_out


def test_few_rows_say_nothing_about_identifiers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"], "y": [0.5, 1.5, 0.7]})
    frame.to_csv(tmp_path / "data.csv", index=False)
    assert draft_contract(read_data(tmp_path / "data.csv"), "y").left_out == ()


def test_a_column_named_as_identifier_is_left_out(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"c": NOISE * 2}, identifiers=["c"])
    assert "service.ID_NAME" in str(draft.left_out[0].left_out)


NOTES = {
    "zero and one": (RANDOM.integers(0, 2, N), "say `type: bool`"),
    "few codes": (RANDOM.integers(1, 4, N), "Only 1, 2, 3: if these are codes"),
    "infinity": (np.where(np.arange(N) == 3, np.inf, NOISE), "Holds infinity"),
    "dates of another order": (["17.05.2024", "18.05.2024"] * (N // 2), "Looks like dates"),
    "numbers with thousands": ([f"{i},000.50" for i in range(N)], "Looks like numbers: convert them"),
    "shares": ([f"{i} %" for i in range(N)], "Looks like numbers: convert them"),
    "numbers too large": ([2**63 + i * 11 for i in range(N)], "too large for a float to tell apart"),
    "addresses": ([f"a{i % 5}@b.org" for i in range(N)], "Holds e-mail addresses: consider `log: hash`"),
    "text": ([f"text number {i}" for i in range(N)], "replace it if it is personal"),
    "a finer answer": (np.where(ANSWER == "yes", np.arange(N) % 2, 2), "goes with one value of the target"),
}


@pytest.mark.parametrize(("values", "words"), NOTES.values(), ids=NOTES)
def test_what_a_person_should_decide_is_pointed_out(tmp_path: Path, values: Any, words: str) -> None:
    found = column(tmp_path, "c", values)
    assert found.left_out is None
    assert any(words in note for note in found.notes), found.notes


def test_a_straight_line_to_the_target_is_pointed_out(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"net": NOISE * 100, "y": NOISE * 119 + 3})
    assert [column.name for column in draft.features if "straight line" in " ".join(column.notes)] == [
        "noise",
        "net",
    ]


TASKS = {
    "words": (ANSWER, "classification", "2 classes: no, yes"),
    "true and false": (NOISE > 0.5, "classification", "2 classes: False, True"),
    "zero and one": (RANDOM.integers(0, 2, N), "classification", "2 whole numbers: 0, 1"),
    "whole floats": (RANDOM.integers(0, 3, N) * 1.0, "classification", "3 whole numbers: 0.0, 1.0, 2.0"),
    "decimals": ([Decimal(i) / 8 for i in range(N)], "regression", "numbers from 0.0 to 7.375"),
    "many whole numbers": (np.arange(N) * 3, "regression", "numbers from 0 to 177"),
    "fractions": (NOISE * 0 + np.arange(N) % 2 / 2, "regression", "numbers from 0.0 to 0.5"),
}


@pytest.mark.parametrize(("values", "task", "reason"), TASKS.values(), ids=TASKS)
def test_the_task_follows_from_the_target(tmp_path: Path, values: Any, task: str, reason: str) -> None:
    draft = drafted(tmp_path, {"y": values})
    assert (draft.task, draft.task_reason) == (task, reason)
    assert draft.target_notes == ()


def test_a_given_task_is_kept(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"y": RANDOM.integers(0, 2, N)}, task="regression")
    assert (draft.task, draft.task_reason) == ("regression", "as told")


def test_nulls_and_a_single_value_of_the_target_are_pointed_out(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"y": every_tenth_null(["x"] * N)})
    assert draft.target_notes == (
        "6 of 60 rows have no target: leave them out in DataLoader.load_data.",
        "The target is always x: there is nothing to learn.",
    )


REFUSED = {
    "a wrong target": ({}, {"target": "nois"}, "has no column 'nois'; did you mean 'noise'?"),
    "a target like nothing": ({}, {"target": "zzz"}, "has no column 'zzz'; it has: noise, y"),
    "a wrong identifier": ({}, {"target": "y", "identifiers": ["nose"]}, "did you mean 'noise'?"),
    "a target that is the identifier": (
        {},
        {"target": "y", "identifiers": ["y"]},
        "'y' cannot be both target and identifier",
    ),
    "a target of nulls": ({"y": np.full(N, np.nan)}, {"target": "y"}, "'y' holds nothing but nulls"),
    "a target of times": ({"y": pd.to_datetime(DAYS)}, {"target": "y"}, "'y' holds times"),
    "a target of lists": (
        {"y": [[1], [2]] * (N // 2)},
        {"target": "y"},
        "'y' holds ndarray; a model answers",
    ),
    "a regression of words": ({}, {"target": "y", "task": "regression"}, "'y' is not a number (no, yes)"),
    "nothing but the target": (
        {"noise": np.ones(N)},
        {"target": "y"},
        "no column that could be a feature (noise: constant: every value is 1.0)",
    ),
}


@pytest.mark.parametrize(("columns", "options", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drafted_is_one_sentence(
    tmp_path: Path, columns: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    pd.DataFrame({"noise": NOISE, "y": ANSWER, **columns}).to_parquet(tmp_path / "data.parquet")
    with pytest.raises(DataError) as caught:
        draft_contract(read_data(tmp_path / "data.parquet"), **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
