from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from hookline.cli import main
from hookline.predlog.places import Places
from hookline.predlog.shipper.status import accounts_now
from hookline.predlog.sinks.memory import MemorySink
from hookline.predlog.sinks.sink import Sink
from hookline.predlog.sinks.sqlite.sink import SqliteSink
from hookline.predlog.verify import verify
from tests.framework.predlog.writing import Desk, Scribe, predictions


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project with ten records: six delivered in a journal that goes on, four waiting."""
    (tmp_path / "source").mkdir()
    places = Places(tmp_path / "var")
    sink = SqliteSink(places.database)
    desk = Desk(places.directory, lambda: [sink])
    scribe = Scribe(places.journal)
    scribe.append(*predictions(6))
    scribe.drop(2)
    desk.ship()
    sink.close()
    scribe.append(*predictions(4))
    return tmp_path


def run(root: Path, *words: str) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as end:
        main(["logs", "verify", "-C", str(root), *words])
    return int(end.value.code or 0), said.getvalue()


def plain(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(root, "--json")[1])
    return found


def test_a_log_that_adds_up_is_said_to(root: Path) -> None:
    code, output = run(root)
    assert code == 0
    assert " ".join(output.split()).endswith(" sqlite 12 6 4 0 2 0 Every record is somewhere.")
    found = plain(root)
    (account,) = found["accounts"]
    assert found["closes"]
    assert account.pop("oldest_pending_seconds") >= 0
    assert account == {
        "sink": "sqlite",
        "appended": 12,
        "delivered": 6,
        "pending": 4,
        "dead_lettered": 0,
        "dropped": 2,
        "missing": 0,
    }


def test_before_the_first_record_there_is_nothing_to_complain_about(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    assert run(tmp_path)[0] == 0
    assert not (tmp_path / "var").exists()


def test_a_lost_segment_is_found(root: Path) -> None:
    (segment,) = Places(root / "var").journal.glob("*/*.jsonl")
    segment.unlink()
    code, output = run(root)
    assert code == 1
    assert "sqlite: 4 records missing: appended, and neither delivered nor waiting" in output


def test_records_that_nobody_appended_are_found(root: Path) -> None:
    (counts,) = Places(root / "var").journal.glob("*/counts")
    counts.unlink()
    (segment,) = Places(root / "var").journal.glob("*/*.jsonl")
    segment.write_bytes(b"")
    code, output = run(root)
    assert (code, "sqlite: 6 records more than were appended" in output) == (1, True)


def test_a_damaged_database_is_found(root: Path) -> None:
    database = Places(root / "var").database
    content = bytearray(database.read_bytes())
    content[4096 * 3 : 4096 * 5] = b"x" * 8192
    database.write_bytes(content)
    code, output = run(root)
    assert (code, f"{database} is damaged: " in output) == (1, True)


def test_a_file_that_is_no_database_is_found(root: Path) -> None:
    Places(root / "var").database.write_bytes(b"x" * 5_000)
    assert [words for words in plain(root)["findings"] if "file is not a database" in words]


def test_a_database_that_was_moved_aside_is_said_until_it_is_gone(root: Path) -> None:
    database = Places(root / "var").database
    kept = database.with_name("predictions.db.damaged-20261121T120000")
    kept.write_bytes(b"")
    code, output = run(root)
    assert (code, f"{kept} was damaged and moved aside" in output) == (1, True)
    kept.unlink()
    assert run(root)[0] == 0


def test_a_log_that_is_switched_off_cannot_be_verified(root: Path) -> None:
    (root / "config.yaml").write_text("prediction_log: {enabled: false}\n")
    code, output = run(root)
    assert (code, "prediction_log.enabled is false" in output) == (1, True)


def test_sinks_with_cursor_files_are_verified_too(tmp_path: Path) -> None:
    sinks: list[Sink] = [MemorySink()]
    desk = Desk(tmp_path, lambda: sinks)
    scribe = Scribe(desk.places.journal)
    scribe.append(*predictions(3))
    desk.ship()
    verdict = verify(desk.places, sinks)
    assert [(one.sink, one.delivered) for one in verdict.accounts] == [("memory", 3)]
    assert verdict.findings == []


def test_nothing_is_known_of_sinks_before_a_shipper_said_something(tmp_path: Path) -> None:
    assert accounts_now(Places(tmp_path)) == []
    (tmp_path / "shipper.json").write_text("{")
    assert accounts_now(Places(tmp_path)) == []
