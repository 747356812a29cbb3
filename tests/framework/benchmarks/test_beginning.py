from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd

from benchmarks.beginning.report import section
from benchmarks.beginning.run import ASK, MOST_SECONDS, NEW, RUN, SHOWN
from benchmarks.beginning.table import ROWS, write_table
from tests.house import ROOT

RESULT = {
    "rows": 2000,
    "seconds": {"make the project": 5.0, "make run": 40.0, "ask": 0.1},
    "total": 45.1,
    "cpu": 50.0,
    "most": 90,
    "session": [["hookline new churn <b>", "churn: begun\n"], ["curl", '[{"class_name": "stays"}]']],
}


def test_the_picture_shows_the_session_and_fetches_nothing(tmp_path: Path) -> None:
    words = "\n".join(section(RESULT, tmp_path))
    assert "| all, at most 90 | 45.1 (yes) |" in words
    text = (tmp_path / "first-service.svg").read_text(encoding="utf-8")
    assert "".join(ET.fromstring(text).itertext()).replace("\xa0", " ").count("$ hookline new churn <b>") == 1  # noqa: S314 - our own picture
    assert "url(" not in text.replace("url(#", "")
    assert "cdn" not in text


def test_a_beginning_that_takes_too_long_is_not_called_reached(tmp_path: Path) -> None:
    assert "| 90.5 (**no**) |" in "\n".join(section({**RESULT, "total": 90.5}, tmp_path))


def test_the_table_is_the_same_every_time(tmp_path: Path) -> None:
    write_table(tmp_path / "one.csv")
    write_table(tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == ROWS


def test_three_commands_in_ninety_seconds_were_measured_and_the_picture_shows_them_and_their_answer() -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "beginning.json").read_text())
    assert [command for command, _ in result["session"]] == [NEW, RUN, ASK.format(url=SHOWN)]
    assert result["total"] <= MOST_SECONDS == 90
    picture = (ROOT / "docs" / "pictures" / "first-service.svg").read_text(encoding="utf-8")
    shown = "".join(ET.fromstring(picture).itertext()).replace("\xa0", " ")  # noqa: S314 - our own picture
    shown = "".join(shown.split())  # the picture breaks lines where a terminal would
    for command, output in result["session"]:
        assert "".join(command.split()) in shown
        assert "".join(output.split()) in shown
    assert json.loads(result["session"][-1][1])[0]["class_name"] in ("leaves", "stays")


def test_the_readme_says_the_seconds_that_were_measured() -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "beginning.json").read_text())
    assert f"[took {result['total']:.0f} s]" in (ROOT / "README.md").read_text()
