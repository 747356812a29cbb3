from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hookline.contract import parse_contract
from hookline.scaffold.drafted import draft_table
from hookline.scaffold.from_data import from_data
from hookline.scaffold.notation import numbers_beside_words, read_notations
from tests.framework.scaffold.living import answer, assert_tidy, settle, trained


@pytest.mark.parametrize(
    ("values", "mark", "numbers"),
    [
        (["€1,234.50", "€7.25"], ".", [7.25, 1234.5]),
        (["1.234,50 €", "-7,25 €"], ",", [-7.25, 1234.5]),
        (["1 234,5", "7,25"], ",", [7.25, 1234.5]),
        (["1\u202f234,5", "7,25"], ",", [7.25, 1234.5]),
        (["1'234.50", "7.25"], ".", [7.25, 1234.5]),
        (["1\u2019234\u2019000.50", "7.25"], ".", [7.25, 1234000.5]),
        (["12 %", "7%"], ".", [7, 12]),
        (["1,234,567", "$8.50"], ".", [8.5, 1234567]),
        (["-$3.50", "$-4.50"], ".", [-4.5, -3.5]),
    ],
    ids=[
        "English",
        "German",
        "French",
        "French with a narrow space",
        "Swiss",
        "Swiss in print",
        "per cent",
        "a thousand thousands",
        "debts",
    ],
)
def test_numbers_written_for_people_are_read(values: list[str], mark: str, numbers: list[float]) -> None:
    frame = pd.DataFrame({"x": [*values, None]}, dtype="string")
    found = read_notations(frame)
    assert (found.numbers, found.times) == ({"x": mark}, {})
    read = found.applied(frame)["x"]
    assert sorted(read.dropna()) == numbers
    assert read.isna().tolist() == [False] * len(values) + [True]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["29.02.2024", "01.03.2024"], "%d.%m.%Y"),
        (["02/29/2024", "03/01/2024"], "%m/%d/%Y"),
        (["29/02/2024 17:05", "01/03/2024 08:00"], "%d/%m/%Y %H:%M"),
        (["2024/02/29", "2024/03/01"], "%Y/%m/%d"),
    ],
)
def test_times_written_for_people_are_read(values: list[str], form: str) -> None:
    frame = pd.DataFrame({"x": [*values, None]}, dtype="string")
    found = read_notations(frame)
    assert (found.numbers, found.times) == ({}, {"x": form})
    assert found.applied(frame)["x"].dt.month.tolist()[:2] == [2, 3]


@pytest.mark.parametrize(
    "values",
    [
        ["1,234", "5,678"],
        ["02/03/2024", "04/05/2024"],
        ["2024-02-29", "2024-03-01"],
        ["555 123", "555 124"],
        ["01895", "22041"],
        ["10.0.0.1", "10.0.0.2"],
        ["5 kg", "6 kg"],
        ["5.0", "low"],
        ["5.50 $", "5.50 €"],
        ["5 %", "0.05"],
        ["12 %", "0,5"],
        ["5.50 $", "12 %"],
        ["٤.٢", "€٤"],
        ["a", "b"],
        [],
    ],
    ids=" ".join,
)
def test_what_can_be_read_in_two_ways_or_is_a_name_stays_text(values: Sequence[str]) -> None:
    found = read_notations(pd.DataFrame({"x": pd.Series(values, dtype="string")}))
    assert (found.numbers, found.times) == ({}, {})


def test_a_column_that_names_rows_stays_as_it_is() -> None:
    frame = pd.DataFrame({"no": ["1.5 %", "2.5 %"]})
    assert read_notations(frame, but=["no"]).numbers == {}


def test_the_few_words_among_numbers_are_named() -> None:
    numbers = [f"{row}.5" for row in range(40)]
    assert numbers_beside_words(pd.Series([*numbers, "n.a.", "?"])) == ["?", "n.a."]
    assert numbers_beside_words(pd.Series(["n.a.", "1.5", "2.5"])) == []
    assert numbers_beside_words(pd.Series(numbers)) == []


def table(folder: Path) -> Path:
    random = np.random.default_rng(0)
    amount = random.gamma(2, 500, 120).round(2)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, 120), unit="D")
    us, odd = pd.Series([f"€{value:,.2f}" for value in amount]), random.normal(size=120).round(3)
    frame = pd.DataFrame(
        {
            "Betrag (EUR)": us.where(pd.Series(range(120)) % 9 != 0),
            "Anteil": [f"{value:.1f} %" for value in random.uniform(0, 100, 120)],
            "eröffnet": day.strftime("%d.%m.%Y"),
            "first": [f"0{1 + row % 9}/0{1 + row % 7}/2024" for row in range(120)],
            "odd": [str(value) if row % 50 else "n.a." for row, value in enumerate(odd)],
            "treu": np.where(amount > 900, "ja", "nein"),
        }
    )
    frame.to_csv(folder / "odd.csv", index=False)
    return folder / "odd.csv"


def test_the_loader_gives_what_was_read_and_what_could_not_be_is_said_with_the_remedy(tmp_path: Path) -> None:
    path = table(tmp_path)
    yours = from_data(path, "treu")
    said = "\n".join(yours.notes)
    assert "The loader reads Betrag (EUR), Anteil, eröffnet, written for people" in said
    assert "Left out first: looks like dates: convert them with pandas.to_datetime" in said
    assert "Left out odd: numbers beside n.a.: say in DataLoader.load_data what that stands for." in said
    root = settle(yours, tmp_path / "project")
    assert_tidy(root)
    space: dict[str, object] = {"__file__": str(root / "source/data/data_loader.py")}
    exec((root / "source/data/data_loader.py").read_text(), space)  # noqa: S102 - written by us a line above
    loaded = space["DataLoader"]().load_data()  # type: ignore[operator]
    pd.testing.assert_frame_equal(loaded, draft_table(path, "treu").frame, check_dtype=False)
    contract = parse_contract(root / "source/model/features.yaml")
    assert [(one.name, one.type) for one in contract] == [
        ("Betrag (EUR)", "float"),
        ("Anteil", "float"),
        ("eröffnet", "datetime"),
    ]


@pytest.mark.slow
def test_a_project_with_a_table_written_for_people_trains_and_answers(tmp_path: Path) -> None:
    root = settle(from_data(table(tmp_path), "treu"), tmp_path / "project")
    assert trained(root).metrics[0].verdict == "better"
    rows = [{"Betrag (EUR)": 2000.5, "Anteil": 3.5, "eröffnet": "2024-05-01T00:00:00Z"}]
    assert answer(root, rows)[0]["class_name"] == "ja"


def test_a_target_that_is_written_for_people_is_a_number_to_predict(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    rooms = [1 + row % 7 for row in range(60)]
    prices = [f"${1000 * count + row * 37 % 900:,}.00" for row, count in enumerate(rooms)]
    pd.DataFrame({"rooms": rooms, "price": prices}).to_csv(path, index=False)
    drafted = draft_table(path, "price")
    assert (drafted.draft.task, drafted.frame["price"].max()) == ("regression", 7876.0)


def test_a_model_that_is_no_better_than_guessing_is_not_praised(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    path = tmp_path / "noise.csv"
    pd.DataFrame({"x": random.normal(size=200), "y": random.choice(["a", "b"], 200)}).to_csv(
        path, index=False
    )
    assert any("None is better than guessing" in note for note in from_data(path, "y").notes)
    clear = pd.DataFrame({"x": range(200)}).assign(x=random.normal(size=200).round(3))
    clear.assign(y=np.where(clear["x"] > 0, "a", "b")).to_csv(path, index=False)
    assert not any("None is better" in note for note in from_data(path, "y").notes)
