from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.framework.cli.conftest import Done, Hookline
from tests.framework.predlog.query.filled import fill, prediction, predictions, truth

COUNT = 60
READERS = ("query", "tail --no-follow", "stats", "export")


@pytest.fixture
def database(project: Path) -> Path:
    """Return the path of the project's log."""
    return project / "var" / "predictions.db"


@pytest.fixture
def logged(project: Path, database: Path) -> Path:
    """Return a project that has logged some predictions; the truth is known of two."""
    fill(database, [*predictions(COUNT), truth(59, "huge"), truth(58, "small")])
    return project


def ids(done: Done) -> list[str]:
    """Return the prediction ids of records, one a line."""
    assert (done.code, done.errors) == (0, ""), done
    return [json.loads(line)["prediction_id"] for line in done.said.splitlines()]


def numbers(*wanted: int) -> list[str]:
    return [f"p-{number:08d}" for number in wanted]


def test_query_shows_the_newest_first_with_the_truth(hookline: Hookline, logged: Path) -> None:
    done = hookline("logs", "query", "-C", logged, "-n", "3")
    assert (done.code, done.errors) == (0, "")
    title, _, *lines = [line for line in done.said.splitlines() if line.strip()]
    assert title.split() == ["time", "answer", "id", "flags", "truth", "version", "prediction", "id"]
    assert [line.split()[-1] for line in lines] == numbers(59, 58, 57)
    assert lines[0].split()[2:] == ["huge", "c9", "huge", "v2", "p-00000059"]
    assert lines[2].split()[2:] == ["small", "c7", "v2", "p-00000057"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--class", "small", "-n", "2"], (57, 54)),
        (["--version", "v1", "-n", "2"], (29, 28)),
        (["--id", "c3", "--version", "v1"], (23, 13, 3)),
        (["--prediction-id", "p-00000007"], (7,)),
        (["--flag", "unknown"], (50, 0)),
        (["--text", '"size":31'], (31,)),
        (["--until", "2025-11-13T02:13:22Z"], (1, 0)),
        (["--since", "1s"], ()),
        (["--class", "large", "--since", "2025-11-13T02:14:15Z"], (58, 55)),
    ],
)
def test_query_finds_what_its_options_ask_for(
    hookline: Hookline, logged: Path, words: list[str], found: tuple[int, ...]
) -> None:
    assert ids(hookline("logs", "query", "-C", logged, "--json", *words)) == numbers(*found)


def test_query_prints_the_record_as_it_was_logged(hookline: Hookline, logged: Path) -> None:
    done = hookline("logs", "query", "-C", logged, "--json", "-n", "1")
    assert json.loads(done.said) == predictions(COUNT)[-1] | {"actual": "huge"}


def test_query_says_when_nothing_matches(hookline: Hookline, logged: Path) -> None:
    assert hookline("logs", "query", "-C", logged, "--id", "nobody").said == "no prediction matches\n"


def test_no_value_can_command_the_terminal(hookline: Hookline, project: Path, database: Path) -> None:
    fill(database, [prediction(1, id="\x1b[2Jada\u202e", class_name="[red]x[/red]")])
    for words in ("query", "tail --no-follow"):
        said = hookline("logs", *words.split(), "-C", project).said
        assert "\x1b" not in said
        assert '"\\u001b[2Jada\\u202e"' in said
        assert "[red]x[/red]" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("query --since yesterday", "since is not a time"),
        ("query --text " + "x" * 513, "text is longer than 512"),
        ("stats --until x", "until is not a time"),
        ("export --since x", "since is not a time"),
        ("export --format xml", "--format is jsonl, csv or parquet"),
        ("export -o log.xml", "format xml is unknown"),
        ("export -o log", "format of the file is unknown"),
        ("export -o config.yaml/log.csv", "cannot be written"),
    ],
)
def test_what_is_not_understood_is_one_line(hookline: Hookline, logged: Path, words: str, says: str) -> None:
    words = words.replace("config.yaml", str(logged / "config.yaml"))
    done = hookline("logs", *words.split(), "-C", logged)
    assert (done.code, done.said) == (1, "")
    assert done.errors.startswith("error: ")
    assert says in done.errors
    assert done.errors.count("\n") == 1


@pytest.mark.parametrize("words", ["query -n 0", "query -n 1001", "tail -n -1", "erase", "query --nothing"])
def test_wrong_use_is_2(hookline: Hookline, logged: Path, words: str) -> None:
    done = hookline("logs", *words.split(), "-C", logged)
    assert (done.code, done.said) == (2, "")


@pytest.mark.parametrize("words", READERS)
def test_without_a_log_it_is_said_how_one_comes(hookline: Hookline, project: Path, words: str) -> None:
    done = hookline("logs", *words.split(), "-C", project)
    assert (done.code, done.said) == (1, "")
    assert "no prediction is in the log's database yet" in done.errors
    assert "hookline serve" in done.errors


@pytest.mark.parametrize("key", ["enabled", "embedded"])
@pytest.mark.parametrize("words", [*READERS, "tail"])
def test_where_none_is_kept_the_setting_is_named(
    hookline: Hookline, project: Path, monkeypatch: pytest.MonkeyPatch, key: str, words: str
) -> None:
    monkeypatch.setenv(f"HOOKLINE_PREDICTION_LOG__{key.upper()}", "false")
    done = hookline("logs", *words.split(), "-C", project)
    assert (done.code, done.said) == (1, "")
    assert f"prediction_log.{key} is false" in done.errors


@pytest.mark.parametrize("content", [b"no database at all" * 500, b""], ids=["broken", "empty"])
@pytest.mark.parametrize("words", READERS)
def test_a_file_that_is_no_log_is_an_error_and_stays_as_it_is(
    hookline: Hookline, project: Path, database: Path, words: str, content: bytes
) -> None:
    database.parent.mkdir()
    database.write_bytes(content)
    done = hookline("logs", *words.split(), "-C", project)
    assert (done.code, done.said) == (1, "")
    assert ("cannot be read" if content else "is empty") in done.errors
    assert database.read_bytes() == content


def test_tail_shows_the_last_ones_oldest_first(hookline: Hookline, logged: Path) -> None:
    done = hookline("logs", "tail", "--no-follow", "-n", "2", "-C", logged, "--class", "large")
    assert (done.code, done.errors) == (0, "")
    assert [line.split("  ") for line in done.said.splitlines()] == [
        ["2025-11-13 02:14:15.000", "large", "c5", "v2", "p-00000055"],
        ["2025-11-13 02:14:18.000", "large", "c8", "small", "v2", "p-00000058"],
    ]


def test_tail_follows_what_arrives_from_before_the_first_until_it_is_interrupted(
    hookline: Hookline, project: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving = iter(
        [
            lambda: fill(database, [prediction(5)]),
            lambda: None,
            # Younger by arrival than by time, and one that was not asked for.
            lambda: fill(database, [prediction(3), prediction(6, class_name="large"), prediction(4)]),
        ]
    )

    def sleep(_: float) -> None:
        happens: Any = next(arriving, None)
        if happens is None:
            raise KeyboardInterrupt
        happens()

    monkeypatch.setattr(time, "sleep", sleep)
    done = hookline("logs", "tail", "-C", project, "--json", "--class", "small")
    assert done.code == 130
    assert [json.loads(line)["prediction_id"] for line in done.said.splitlines()] == numbers(5, 3, 4)


def test_tail_may_begin_with_none(hookline: Hookline, logged: Path) -> None:
    assert hookline("logs", "tail", "--no-follow", "-n", "0", "-C", logged).said == ""


def test_stats_counts_by_class_and_says_from_when_to_when(hookline: Hookline, logged: Path) -> None:
    found = json.loads(hookline("logs", "stats", "-C", logged, "--json").said)
    assert found == {
        "predictions": COUNT,
        "first": "2025-11-13T02:13:20.000000Z",
        "last": "2025-11-13T02:14:19.000000Z",
        "median_ms": 1.5,
        "p95_ms": 1.5,
        "versions": 2,
        "truths": 2,
        "sampled": False,
        "classes": [{"class_name": name, "count": 20, "share": 1 / 3} for name in ("huge", "large", "small")],
    }
    said = hookline("logs", "stats", "-C", logged, "--class", "small").said
    assert ["small", "20", "100.0%"] in [line.split() for line in said.splitlines()]
    assert ["predictions", "20"] in [line.split() for line in said.splitlines()]


def test_stats_of_nothing_has_no_classes(hookline: Hookline, logged: Path) -> None:
    found = json.loads(hookline("logs", "stats", "-C", logged, "--version", "v9", "--json").said)
    assert (found["predictions"], found["first"], found["median_ms"], found["classes"]) == (0, None, None, [])
    said = hookline("logs", "stats", "-C", logged, "--version", "v9").said
    assert "share" not in said


def test_export_writes_all_that_match_to_standard_output_or_a_file(
    hookline: Hookline, logged: Path, tmp_path: Path
) -> None:
    lines = ids(hookline("logs", "export", "-C", logged, "--id", "c3"))
    assert lines == numbers(53, 43, 33, 23, 13, 3)
    done = hookline("logs", "export", "-C", logged, "-o", tmp_path / "new/log.csv", "--flag", "unknown:plan")
    assert done == (0, f"2 predictions in {tmp_path / 'new/log.csv'}\n", "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "new/log.csv").read_text("utf-8"))))
    assert [(row["prediction_id"], row["feature.size"]) for row in rows] == [
        ("p-00000050", "50"),
        ("p-00000000", "0"),
    ]


def test_verify_needs_a_log(hookline: Hookline, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKLINE_PREDICTION_LOG__ENABLED", "false")
    done = hookline("logs", "verify", "-C", project)
    assert (done.code, "prediction_log.enabled is false" in done.errors) == (1, True)


def test_erase_asks_first_and_does_nothing_without_a_yes(
    hookline: Hookline, logged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    done = hookline("logs", "erase", "--id", "c3", "-C", logged)
    assert done.code == 1
    assert "cannot be brought back" in done.said + done.errors
    assert len(ids(hookline("logs", "query", "--id", "c3", "--json", "-C", logged))) == 6


def test_erase_removes_one_persons_records_and_says_what_is_left(hookline: Hookline, logged: Path) -> None:
    done = hookline("logs", "erase", "--id", "c9", "--yes", "-C", logged)
    assert (done.code, done.errors) == (0, "")
    assert done.said.splitlines()[0].split() == ["database:", "6", "predictions", "and", "1", "truth"]
    assert "still to do:" in done.said
    found = json.loads(hookline("logs", "erase", "--id", "c9", "--yes", "--json", "-C", logged).said)
    assert (found["predictions"], found["truths"], found["journal"], found["dead_letters"]) == (0, 0, 0, 0)
    assert ids(hookline("logs", "query", "--id", "c9", "--json", "-C", logged)) == []
    assert len(ids(hookline("logs", "query", "-n", "1000", "--json", "-C", logged))) == COUNT - 6
