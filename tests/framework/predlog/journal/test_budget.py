from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from hookline.config import Settings
from hookline.errors import NotLoggedError
from hookline.predlog.journal import budget
from hookline.predlog.journal.counts import read_counts
from hookline.predlog.journal.read import holds_to, segment_name
from hookline.predlog.journal.writer import Journal
from hookline.predlog.sinks.sink import Position
from tests.framework.predlog.journal.lines import Clock, line, place_of, records


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "journal"


def test_the_journal_does_not_grow_beyond_its_limit(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, most=10_000, clock=clock)
    taken = 0
    for number in range(500):
        clock.now += 1
        with contextlib.suppress(NotLoggedError):
            journal.append(line(number, 100), 1, loss=1)
            taken += 1
    with pytest.raises(NotLoggedError, match=r"prediction_log\.max_bytes \(10000\)"):
        journal.append(line(0, 100), 1)
    assert 70 < taken < 100
    assert budget.journal_bytes(folder) <= 10_000
    assert read_counts(place_of(journal))[:2] == (taken, 500 - taken)
    journal.close()


def test_all_writers_share_one_limit(folder: Path) -> None:
    clock = Clock()
    journals = [Journal(folder, most=10_000, clock=clock) for _ in range(3)]
    for number in range(300):
        clock.now += 1
        with contextlib.suppress(NotLoggedError):
            journals[number % 3].append(line(number, 100), 1)
    assert budget.journal_bytes(folder) <= 10_000
    for journal in journals:
        journal.close()


def test_a_full_journal_takes_records_again_when_others_made_room(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, most=1000, clock=clock)
    journal.append(line(1, 900), 1)
    with pytest.raises(NotLoggedError):
        journal.append(line(2, 900), 1)
    place = place_of(journal)
    # The full segment is finished, though there is no other yet: so it may be removed.
    assert holds_to(place) == Position(2, 0)
    (place / segment_name(1)).unlink()
    clock.now += 0.1
    journal.append(line(3, 900), 1)
    assert records(folder) == [line(3, 900)]
    journal.close()


def test_a_disk_that_must_stay_free_stays_free(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    journal = Journal(folder, free=1 << 60, clock=clock)
    with pytest.raises(NotLoggedError, match=r"prediction_log\.min_free_bytes left"):
        journal.append(line(1), 1)
    journal.close()


def test_what_the_shipper_removes_meanwhile_costs_no_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    others = [Journal(folder) for _ in range(3)]
    for other in others:
        other.append(line(1), 1)
    looked: list[Path] = []
    scandir = os.scandir

    def removing(path: Any) -> Any:
        # All but the first of the folders go away between being listed and being looked into.
        if isinstance(path, Path) and path.parent == folder and not looked:
            looked.append(path)
            for place in map(place_of, others):
                if place != path:
                    shutil.rmtree(place)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", removing)
    journal = Journal(folder, clock=clock)
    journal.append(line(2), 1)
    assert looked
    journal.close()
    for other in others:
        other.close()


def test_a_small_record_may_fit_where_a_large_one_does_not(folder: Path) -> None:
    journal = Journal(folder, most=1000)
    with pytest.raises(NotLoggedError):
        journal.append(line(1, 5000), 1)
    journal.append(line(2), 1)
    assert records(folder) == [line(2)]
    journal.close()


def test_a_segment_is_a_part_of_the_journal_so_that_something_can_be_removed() -> None:
    settings = Settings.model_validate({"prediction_log": {"max_bytes": 8 << 20, "segment_bytes": 64 << 20}})
    assert Journal.of(settings, Path())._rolling.size == 1 << 20
