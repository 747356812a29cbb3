from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hookline.config import load_settings
from hookline.contract import parse_contract
from hookline.errors import DataError
from hookline.scaffold import from_data as module
from hookline.scaffold.from_data import from_data
from tests.framework.scaffold.living import assert_tidy, settle, trained


def table(folder: Path, columns: Mapping[str, object] | None = None, *, rows: int = 60) -> Path:
    random = np.random.default_rng(0)
    size = random.normal(size=rows).round(3)
    frame = pd.DataFrame({"size": size, "kind": np.where(size > 0, "big", "small"), **(columns or {})})
    path = folder / "things.csv"
    frame.to_csv(path, index=False)
    return path


def test_a_named_identifier_is_logged_and_never_given_to_the_model(tmp_path: Path) -> None:
    path = table(tmp_path, {"ticket": [f"t{row % 30}" for row in range(60)]})
    root = settle(from_data(path, "kind", id="ticket"), tmp_path / "project")
    assert load_settings(root, {}).service.ID_NAME == "ticket"
    assert parse_contract(root / "source/model/features.yaml").names == ("size",)


def test_an_identifier_that_no_request_field_can_be_called_is_left_out_and_said(tmp_path: Path) -> None:
    path = table(tmp_path, {"ticket\x7fno": list(range(60))})
    yours = from_data(path, "kind", id="ticket\x7fno")
    assert "config.yaml" not in yours.files
    assert any("cannot be service.ID_NAME" in note for note in yours.notes)


@pytest.mark.slow
def test_names_and_words_that_look_like_code_stay_names_and_words(tmp_path: Path) -> None:
    odd: dict[str, object] = {
        '"] + exit(': range(60),
        "a'b\\n{x}": [0.5, 1.5] * 30,
        "größe €": ["ja: nein", "# so"] * 30,
    }
    path = table(tmp_path, odd)
    root = settle(from_data(path, "kind"), tmp_path / "project")
    assert set(odd) - {'"] + exit('} <= set(parse_contract(root / "source/model/features.yaml").names)
    assert trained(root).manifest.predictor == "compiled"


@pytest.mark.slow
def test_a_parquet_file_is_read_as_such(tmp_path: Path) -> None:
    path = tmp_path / "things.parquet"
    pd.read_csv(table(tmp_path)).to_parquet(path)
    root = settle(from_data(path, "kind"), tmp_path / "project")
    assert (root / "data" / "things.parquet").exists()
    assert "read_parquet" in (root / "source/data/data_loader.py").read_text()
    assert trained(root).metrics[0].verdict == "better"


@pytest.mark.slow
def test_a_large_file_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path)
    monkeypatch.setattr(module, "SMALL", 100)
    yours = from_data(path, "kind")
    assert not [name for name in yours.files if name.startswith("data/")]
    assert any("reads it where it is" in note for note in yours.notes)
    assert trained(settle(yours, tmp_path / "project")).manifest.data.rows == 60


def test_codes_with_zeros_in_front_stay_codes_in_the_contract_and_in_the_loader(tmp_path: Path) -> None:
    zips = {
        "zip": [f"0{1000 + row % 9}" for row in range(60)],
        "code": [f"{row % 45 * 37:04}" for row in range(60)],
    }
    yours = from_data(table(tmp_path, zips), "kind")
    assert "Left out code: codes of which most hardly come again, too many to learn from." in yours.notes
    assert any(note.startswith("The loader reads zip, code as text: zeros in front") for note in yours.notes)
    root = settle(yours, tmp_path / "project")
    assert_tidy(root)
    contract = parse_contract(root / "source/model/features.yaml")
    assert [(one.name, one.type) for one in contract] == [("size", "float"), ("zip", "category")]
    assert '"zip": "string",' in (root / "source/data/data_loader.py").read_text()
    assert trained(root).manifest.data.rows == 60


def test_a_rare_class_is_pointed_out(tmp_path: Path) -> None:
    path = table(tmp_path, {"bad": [row % 25 == 0 for row in range(200)]}, rows=200)
    assert any("Only 4.0% of the rows are True" in note for note in from_data(path, "bad").notes)


def test_few_rows_are_enough_to_begin_with_and_no_trial_is_claimed(tmp_path: Path) -> None:
    yours = from_data(table(tmp_path, rows=16), "kind")
    assert any("too few rows to try others on" in note for note in yours.notes)
    assert "Too few rows" in str(yours.files["source/model/train.py"])
    assert trained(settle(yours, tmp_path / "project")).manifest.data.rows == 16


@pytest.mark.parametrize(
    ("columns", "target", "words"),
    [
        ({}, "sort", r"has no column 'sort'; it has: size, kind"),
        ({"same": 1}, "same", r"target 'same' is 1 in every row of .*; there is nothing to learn"),
        (
            {"name": [f"n{row}" for row in range(60)]},
            "name",
            r"60 distinct values .* is it the column to pre",
        ),
        ({"none": [None] * 60}, "none", r"nothing but nulls"),
        ({"gone": [1.5] * 4 + [None] * 56}, "gone", r"has 4 rows with a target; give ten at least"),
    ],
    ids=["unknown", "constant", "all different", "null", "hardly any"],
)
def test_a_target_that_cannot_be_predicted_is_refused_before_anything_is_written(
    columns: dict[str, object], target: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=words):
        from_data(table(tmp_path, columns), target)


def test_classes_that_are_numbers_are_refused_with_the_other_task(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too many for a classification; say --task regression"):
        from_data(table(tmp_path), "size", task="classification")


def test_a_table_with_nothing_but_the_answer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    pd.DataFrame({"x": range(0, 90, 3), "y": range(0, 180, 6)}).astype(float).to_csv(path, index=False)
    with pytest.raises(DataError, match=r"no column to predict 'y' from \(x: follows the target"):
        from_data(path, "y")


def test_a_large_table_with_a_hardly_seen_class_is_tried_on_a_part_of_its_rows(tmp_path: Path) -> None:
    sort = ["rare" if row < 6 else ("a", "b")[row % 2] for row in range(6000)]
    yours = from_data(table(tmp_path, {"sort": sort}, rows=6000), "sort")
    assert any("log loss on 1,99" in note or "log loss on 2,000" in note for note in yours.notes)
    assert "forest" not in str(yours.files["source/model/train.py"])  # its file would be large
