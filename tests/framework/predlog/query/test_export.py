from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from hookline.errors import LogQueryError
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.output import write_export
from hookline.predlog.query.shown import readable
from tests.framework.disk import mounted
from tests.framework.predlog.query.filled import fill, prediction, predictions, truth

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")']


def test_json_lines_are_the_journals_lines_and_the_truth(tmp_path: Path) -> None:
    records = predictions(2_500)
    path = fill(tmp_path / "p.db", [*records, truth(5, "huge")])
    assert write_export(path, Filter(), "", tmp_path / "out.jsonl") == 2_500
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert found[2494].pop("actual") == "huge"
    assert found == records[::-1]


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    records = [
        prediction(number, id=text, class_name=text, features={"note": text, text: -1.5})
        for number, text in enumerate(FORMULAS)
    ]
    path = fill(tmp_path / "p.db", [*records, truth(0, "=2")])
    write_export(path, Filter(), "csv", tmp_path / "out.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_bytes().decode(), newline="")))
    assert [row["id"] for row in rows] == [f"'{text}" for text in reversed(FORMULAS)]
    assert [row["feature.note"] for row in rows] == [f"'{text}" for text in reversed(FORMULAS)]
    assert rows[-1]["actual"] == "'=2"
    assert rows[-1]["feature.=1+1"] == "-1.5"
    cells = [
        cell
        for row in rows
        for name, cell in row.items()
        if not name.startswith("feature.") or "note" in name
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_parquet_has_a_column_for_each_feature(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = fill(tmp_path / "p.db", predictions(1_500))
    assert write_export(path, Filter(model_version="v2"), "", tmp_path / "out.parquet") == 750
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert table[0]["feature.size"] == "1499"
    assert table[0]["probability"] is None or table[0]["probability"] <= 1
    assert {row["model_version"] for row in table} == {"v2"}


def test_features_that_only_an_old_record_has_are_kept_in_the_last_column(tmp_path: Path) -> None:
    records = [prediction(0, features={"lost": "x"}), *(prediction(n) for n in range(1, 40))]
    path = fill(tmp_path / "p.db", records)
    write_export(path, Filter(), "csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert json.loads(rows[-1]["more"]) == {"lost": "x"}


def test_a_format_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogQueryError, match="jsonl, csv or parquet"):
        write_export(fill(tmp_path / "p.db", []), Filter(), "xml", None)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_file_that_takes_no_export_is_named(tmp_path: Path, form: str) -> None:
    path = fill(tmp_path / "p.db", predictions(3_000))
    with pytest.raises(LogQueryError, match=f"{tmp_path}/p.db/x.{form} cannot be written: "):
        write_export(path, Filter(), form, path / f"x.{form}")
    with pytest.raises(LogQueryError, match=f"{tmp_path} cannot be written: Is a directory$"):
        write_export(path, Filter(), form, tmp_path)
    with pytest.raises(LogQueryError, match=r"^/dev/full cannot be written: No space left on device$"):
        write_export(path, Filter(), form, Path("/dev/full"))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_that_took_only_a_part_is_said_to_be_incomplete(tmp_path: Path, form: str) -> None:
    path = fill(tmp_path / "p.db", predictions(5_000))
    with mounted(tmp_path / "disk", 1) as disk:
        (disk / "filler").write_bytes(bytes(900_000))
        with pytest.raises(
            LogQueryError, match="No space left on device; what is in it is not the whole log"
        ):
            write_export(path, Filter(), form, disk / f"half.{form}")


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\r\n",
        " x",
        "x ",
        '"',
        "\u202eevil",
        "\u200b",
        "\x1b[31m",
        "\U000e0041",
        "\ufeff",
        "\xa0",
        "a\nb",
    ],
)
def test_what_cannot_be_seen_is_spelled_out_and_reads_back(text: str) -> None:
    shown = readable(text)
    assert shown.isprintable()
    assert json.loads(shown) == text


@pytest.mark.parametrize("text", ["plain", "Grüße 日本 🙂", "<b>", "a 'quoted' \\ text", "", "1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert readable(text) == text
