from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import hookline.predlog.verify as checking
from hookline.cli import main
from hookline.predlog.accounts import Account
from hookline.predlog.places import Places
from hookline.predlog.shipper.status import accounts_now, write_status
from hookline.predlog.sinks.memory import MemorySink
from hookline.predlog.sinks.sink import Sink
from hookline.predlog.sinks.sqlite.sink import SqliteSink
from hookline.predlog.verify import accept, verify
from tests.framework.predlog.writing import Desk, Scribe, predictions


@pytest.fixture(autouse=True)
def _nothing_arrives_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_PAUSE", 0.001)


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
        "accepted": 0,
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


class PowerLoss:
    """Be a log whose writer died with the power: its segment, or its count, is as it was a second before."""

    def __init__(self, directory: Path) -> None:
        self.sinks: list[Sink] = [MemorySink("a"), MemorySink("b")]
        self.desk = Desk(directory, lambda: self.sinks)
        self.places = self.desk.places

    def write(self, name: str, count: int, *, shipped: int) -> Scribe:
        scribe = Scribe(self.places.journal, name)
        scribe.append(*predictions(shipped))
        self.desk.ship()
        scribe.append(*predictions(count - shipped))
        return scribe

    def lose(self, scribe: Scribe, *, lines: int, counted: int) -> None:
        kept = scribe.segment.read_bytes().splitlines(keepends=True)[:lines]
        scribe.segment.write_bytes(b"".join(kept) + b"\0" * 100)
        scribe.die()
        path = scribe.path / "counts"
        path.write_bytes(counted.to_bytes(8, "little") + path.read_bytes()[8:])
        self.desk.restart()

    def missing(self) -> list[int]:
        self.desk.ship()
        verdict = verify(self.places, self.sinks)
        assert len(verdict.findings) == sum(not account.closes for account in verdict.accounts)
        return [account.missing for account in verdict.accounts]


@pytest.mark.parametrize(
    ("lines", "counted", "missing"),
    [(4, 4, -2), (4, 10, 4), (8, 10, 2), (10, 5, 0), (0, 0, -6)],
    ids=["segment and count", "segment", "some of it", "count", "all of it"],
)
def test_what_a_power_loss_took_is_said_until_it_is_accepted(
    tmp_path: Path, lines: int, counted: int, missing: int
) -> None:
    log = PowerLoss(tmp_path / "var")
    scribe = log.write("20261121T120000-1-aaaaaa", 10, shipped=6)
    log.lose(scribe, lines=lines, counted=counted)
    assert log.missing() == [missing, missing]
    assert log.missing() == [missing, missing], "it is not forgotten by itself"
    found = accept(log.places, log.sinks)
    assert found == ({"a": missing, "b": missing} if missing else {})
    assert log.missing() == [0, 0]
    assert [account.pending for account in accounts_after(log)] == [0, 0]
    # Another journal, and another loss: only that is new.
    scribe = log.write("20261121T130000-1-bbbbbb", 5, shipped=5)
    assert log.missing() == [0, 0]
    log.lose(scribe, lines=4, counted=4)
    assert log.missing() == [-1, -1]
    assert accept(log.places, log.sinks) == {"a": -1, "b": -1}
    assert log.missing() == [0, 0]


def accounts_after(log: PowerLoss) -> list[Account]:
    """Return what the metrics say."""
    write_status(log.places, log.desk.couriers)
    found = accounts_now(log.places)
    assert all(account.closes for account in found)
    return found


@pytest.mark.parametrize(("lines", "counted"), [(4, 4), (4, 10)])
def test_a_sink_that_comes_back_does_not_count_what_was_accepted_twice(
    tmp_path: Path, lines: int, counted: int
) -> None:
    log = PowerLoss(tmp_path / "var")
    log.lose(log.write("20261121T120000-1-aaaaaa", 10, shipped=6), lines=lines, counted=counted)
    log.missing()
    accept(log.places, log.sinks)
    both = list(log.sinks)
    for now in (both[:1], both):
        log.sinks[:] = now
        log.desk.restart()
        assert log.missing() == [0] * len(now)


def test_accepting_says_what_is_lost_and_ends_well(root: Path) -> None:
    (segment,) = Places(root / "var").journal.glob("*/*.jsonl")
    segment.unlink()
    assert "`hookline logs verify --accept` takes note of it" in run(root)[1]
    code, output = run(root, "--accept")
    assert (code, "sqlite: 4 records lost, as was accepted\nEvery other record is" in output) == (0, True)
    assert run(root)[0] == 0
    assert plain(root)["accounts"][0]["accepted"] == 4
    assert run(root, "--accept")[0] == 0, "there is nothing new"
    assert plain(root)["accounts"][0]["accepted"] == 4
    Places(root / "var").accepted.write_text("[]")
    assert "accepted.json is damaged" in run(root)[1]


def test_more_than_were_counted_is_accepted_too(root: Path) -> None:
    (counts,) = Places(root / "var").journal.glob("*/counts")
    counts.unlink()
    (segment,) = Places(root / "var").journal.glob("*/*.jsonl")
    segment.write_bytes(b"")
    assert "delivered, or files of the journal were deleted; `hookline logs verify --accept`" in run(root)[1]
    output = run(root, "--accept")[1]
    assert "sqlite: 6 records more than were counted, as was accepted\nEvery record is" in output


def test_what_moves_is_not_accepted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_TRIES", 4)
    (segment,) = Places(root / "var").journal.glob("*/*.jsonl")
    segment.unlink()
    code, output = run(root, "--accept")
    assert (code, "stop the service, and accept it then" in output) == (1, True)
    assert not Places(root / "var").accepted.exists()


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
