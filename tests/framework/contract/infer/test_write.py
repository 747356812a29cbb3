from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookline.contract import parse_contract_text
from hookline.contract.conform import conform
from hookline.contract.infer import draft_contract, draft_text, read_data
from hookline.errors import DataError
from tests.framework.contract.strategies import NAMES

CSV = """\
customer_id;country;age;plan;signed up;score;token;yes;churn
1007;CH;34;basic;2024-05-17;1,5;a;3,25;stays
1014;CH;;pro;2024-05-18;2,5;a;4,5;leaves
1021;CH;51;basic;2024-05-19;1,5;b;0,5;stays
1028;CH;34;no;2024-05-20;3,5;b;2,75;leaves
1035;CH;18;no;2024-05-21;2,5;b;1,25;stays
1042;CH;77;pro;2024-05-22;1,5;a;9,5;stays
"""

TEXT = """\
# Yours: what a request holds. See docs/contract.md for everything a feature may say.
# Drafted from 6 rows of data.csv (separator ';', decimal ','); look through it before training.
task: classification                # 2 classes: leaves, stays
target_label: churn
input_features:
  # Left out: looks like an identifier: by its name, and no two values are equal
  # - name: customer_id             # 1007 … 1042
  #   type: int
  # Left out: constant: every value is CH
  # - name: country                 # 1 value
  #   type: category
  #   choices: [CH]
  - name: age                       # 18 … 77, null in 1 of 6 rows
    type: int
    nullable: true
    example: 34
  - name: plan                      # 3 values
    type: category
    choices: [basic, "no", pro]
    example: basic
  - name: signed up                 # 2024-05-17 … 2024-05-22
    type: datetime
    example: "2024-05-20T00:00:00Z"
  # Only 1.5, 2.5, 3.5: if these are codes, convert them to text in DataLoader.load_data and \
say `type: category`.
  - name: score                     # 1.5 … 3.5
    example: 2.5
  - name: token                     # 2 values
    type: category
    choices: [a, b]
    example: a
  - name: "yes"                     # 0.5 … 9.5
    example: 3.25
"""


def test_a_draft_says_what_was_seen_and_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(CSV)
    draft = draft_contract(read_data(tmp_path / "data.csv"), "churn")
    assert draft_text(draft) == TEXT
    assert parse_contract_text(TEXT) == draft.contract


def test_a_draft_from_a_part_says_so_and_target_notes_stand_above_the_target(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,y\n1.5,x\n2.5,\n1.5,x\n")
    text = draft_text(draft_contract(read_data(tmp_path / "data.csv", rows=2), "y"))
    assert "# Drafted from the first 2 rows of data.csv; look through it" in text
    assert "# 1 of 2 rows have no target: leave them out in DataLoader.load_data.\n" in text


def test_many_choices_stand_one_below_the_other(tmp_path: Path) -> None:
    words = [f"quite a long choice {i % 9}" for i in range(36)]
    pd.DataFrame({"a": words, "y": [i / 7 for i in range(36)]}).to_csv(tmp_path / "data.csv", index=False)
    text = draft_text(draft_contract(read_data(tmp_path / "data.csv"), "y"))
    assert "    choices:\n      - quite a long choice 0\n      - quite a long choice 1\n" in text
    assert parse_contract_text(text)["a"].choices == tuple(sorted(set(words)))


CELLS: dict[str, st.SearchStrategy[Any]] = {
    "float": st.floats(-1e12, 1e12),
    "int": st.integers(-(2**53), 2**53) | st.integers(-3, 3),
    "bool": st.booleans(),
    "word": st.sampled_from(["a", "b", "no", "1", "true", "2024-05-17", "ä: #", " x ", "'", "x\ny"]),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=5),
    "time": st.datetimes().map(lambda moment: moment.isoformat()),
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(4, 30))
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    columns: dict[str, list[Any]] = {}
    for name in names:
        cell = CELLS[draw(st.sampled_from([*CELLS]))]
        if draw(st.booleans()):
            cell |= st.none()
        columns[name] = draw(st.lists(cell, min_size=rows, max_size=rows))
    columns["the target"] = draw(st.lists(st.sampled_from(["p", "q"]), min_size=rows, max_size=rows))
    return pd.DataFrame(columns)


@given(frames(), st.sampled_from(["csv", "parquet"]), st.sampled_from(",;\t"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_draft_is_valid_and_the_very_data_conforms(
    tmp_path: Path, frame: pd.DataFrame, suffix: str, separator: str
) -> None:
    path = tmp_path / f"data.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, sep=separator, index=False)
    else:
        frame.to_parquet(path)
    try:
        draft = draft_contract(read_data(path), "the target")
    except DataError as error:
        assert "no column that could be a feature" in str(error)  # noqa: PT017 - the other drafts go on
        return
    contract = parse_contract_text(draft_text(draft))
    assert contract == draft.contract
    # As the user's DataLoader reads it, without what infer knows about dtypes.
    reading = draft.reading
    loaded = (
        pd.read_parquet(path)
        if reading.parquet
        else pd.read_csv(path, sep=reading.separator, decimal=reading.decimal, low_memory=False)
    )
    assert conform(contract, loaded).violations == ()
