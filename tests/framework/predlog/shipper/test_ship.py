"""Parts of the shipper's life that its process shows only when a disk or a starter fails."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.cursor import CursorFile
from hookline.predlog.places import Places
from hookline.predlog.shipper import attend
from hookline.predlog.shipper.attend import Attendant
from hookline.predlog.shipper.keeper import Keeper
from hookline.predlog.shipper.lock import Lock, holder, is_free
from hookline.predlog.shipper.ship import Shipper, Wanted
from hookline.predlog.shipper.ways import Ways
from hookline.predlog.sinks.memory import MemorySink
from hookline.predlog.sinks.sink import Batch, SinkUnavailable
from hookline.predlog.totals import TotalsFile
from hookline.voice import Voice
from tests.framework.predlog.writing import Scribe, predictions
from tests.framework.service.runner.processes import eventually


class Heard(Voice):
    """Keep what is said."""

    def __init__(self) -> None:
        self._words = io.StringIO()
        super().__init__(events=True, out=self._words)

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self._words.getvalue().splitlines()]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "var")


def down(_: Batch) -> None:
    raise SinkUnavailable("nobody listens")


def shipper_of(places: Places, sink: MemorySink, voice: Voice) -> Shipper:
    lock = Lock.take(places.lock)
    assert lock is not None
    return Shipper(places, lock, [sink], voice, drain_seconds=5)


def test_it_ends_when_its_starter_and_all_writers_are_gone_and_everything_is_shipped(places: Places) -> None:
    sink, permit = MemorySink(), os.pipe()
    scribe = Scribe(places.journal)
    scribe.append(*predictions(10))
    shipper = shipper_of(places, sink, Heard())
    thread = threading.Thread(target=shipper.run, args=(Wanted(permit[0]),))
    thread.start()
    os.close(permit[1])
    assert eventually(lambda: len(sink.records) == 10)
    thread.join(1.5)
    assert thread.is_alive()  # somebody still writes
    scribe.append(*predictions(5))
    scribe.die()
    thread.join(20)
    assert not thread.is_alive()
    assert (len(sink.records), sink.closed) == (15, True)
    assert list(places.journal.iterdir()) == []


def test_a_directory_that_cannot_be_kept_is_tried_again_and_said_once(places: Places) -> None:
    sink, voice, permit = MemorySink(), Heard(), os.pipe()
    scribe = Scribe(places.journal)
    scribe.append(*predictions(3))
    counts = scribe.path / "counts"
    kept = counts.read_bytes()
    counts.unlink()
    counts.mkdir()  # stands for a disk that takes nothing
    scribe.die()
    shipper = shipper_of(places, sink, voice)
    thread = threading.Thread(target=shipper.run, args=(Wanted(permit[0]),))
    thread.start()
    assert eventually(lambda: "keeping" in voice.events)
    counts.rmdir()
    counts.write_bytes(kept)
    assert eventually(lambda: len(sink.records) == 3)
    # And the same while it ships.
    places.status.unlink(missing_ok=True)
    places.status.mkdir()
    assert eventually(lambda: voice.events.count("keeping") == 2)
    places.status.rmdir()
    assert eventually(places.status.is_file)
    os.close(permit[1])
    thread.join(20)
    assert voice.events.count("keeping") == 2


def test_a_writer_without_a_supervisor_has_a_shipper_for_as_long_as_it_is_open(
    tmp_path: Path, places: Places
) -> None:
    (tmp_path / "source").mkdir()
    scribe = Scribe(places.journal)
    first = Attendant(places, tmp_path)
    second = Attendant(places, tmp_path)
    assert eventually(lambda: not is_free(places.lock))
    scribe.append(*predictions(4))
    assert eventually(places.database.exists)
    scribe.die()
    pid = holder(places.lock)
    assert pid is not None
    first.close()
    second.close()
    assert eventually(lambda: is_free(places.lock))
    assert list(places.journal.iterdir()) == []


def test_who_lost_the_lock_leaves_at_once_for_another_may_ship_by_now(places: Places) -> None:
    sink, voice, permit = MemorySink(), Heard(), os.pipe()
    scribe = Scribe(places.journal)
    scribe.append(*predictions(3))
    shipper = shipper_of(places, sink, voice)
    thread = threading.Thread(target=shipper.run, args=(Wanted(permit[0]),))
    thread.start()
    assert eventually(lambda: len(sink.records) == 3 and places.status.exists())
    sink.fault = down
    scribe.append(*predictions(3))
    scribe.die()
    places.lock.unlink()
    assert eventually(lambda: "lost" in voice.events)
    left = places.status.stat().st_mtime_ns
    thread.join(2.5)  # it may drain for five seconds
    assert not thread.is_alive()
    assert places.status.stat().st_mtime_ns == left
    os.close(permit[1])


def test_a_writer_that_finds_no_room_for_a_process_says_so_once_and_looks_again(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks: list[Path] = []

    def no_room(path: Path) -> bool:
        looks.append(path)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(attend, "is_free", no_room)
    monkeypatch.setattr(attend, "_EVERY", 0.01)
    attendant = Attendant(places, tmp_path)
    assert eventually(lambda: len(looks) > 2)
    attendant.close()
    assert capsys.readouterr().err.count("Too many open files; trying again") == 1


def test_a_sink_that_is_not_known_any_more_in_this_moment_ends_nothing(places: Places) -> None:
    class Forgetful:
        """Stand for a courier whose thread forgets between two looks."""

        looks = 0

        @property
        def ways(self) -> Ways | None:
            self.looks += 1
            return Ways(CursorFile(places.cursor("a")), {}, kept_by_sink=False) if self.looks % 2 else None

    scribe = Scribe(places.journal)
    scribe.append(*predictions(3))
    forgetful: Any = Forgetful()
    keeper = Keeper(places, TotalsFile(places.totals), [forgetful], Heard())
    keeper.sweep()
    forgetful.looks = 0
    assert keeper.waiting() == scribe.segment.stat().st_size
    scribe.die()


def test_it_hurries_while_much_of_what_the_journal_may_hold_waits(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried: list[bool] = []
    monkeypatch.setattr("hookline.predlog.shipper.crew.Crew.hurry", lambda _, wanted: hurried.append(wanted))
    scribe = Scribe(places.journal)
    scribe.append(*predictions(100))
    lock = Lock.take(places.lock)
    assert lock is not None
    size = sum(path.stat().st_size for path in places.journal.glob("*/*.jsonl"))
    for most, before, wanted in (
        (size * 8, False, False),
        (size * 3, False, True),
        (size * 6, True, True),  # not before it has become much less
        (size * 9, True, False),
    ):
        shipper = Shipper(places, lock, [MemorySink()], Heard(), drain_seconds=1, most=most)
        shipper._hurried = before
        shipper._pace()
        assert hurried[-1] is wanted
    disk = os.statvfs(places.directory)
    nearly_all = disk.f_bavail * disk.f_frsize - size
    Shipper(places, lock, [MemorySink()], Heard(), drain_seconds=1, free=nearly_all)._pace()
    assert hurried[-1] is True, "the disk has less than max_bytes left"
    shipper = Shipper(places, lock, [MemorySink()], Heard(), drain_seconds=1, most=size)
    shipper.once()
    shipper._pace()
    assert hurried[-1] is False, "what every sink has does not wait"
    scribe.die()
