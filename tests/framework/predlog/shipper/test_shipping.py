"""One sink or several, taken step by step through everything that may happen to them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hookline.errors import LogStateError
from hookline.predlog.accounts import Account, audit
from hookline.predlog.cursor import Cursor, CursorFile
from hookline.predlog.places import Places
from hookline.predlog.reader import MOST_ROWS
from hookline.predlog.shipper.crowding import LONGEST_REST
from hookline.predlog.shipper.status import accounts_now, write_status
from hookline.predlog.sinks.memory import MemorySink
from hookline.predlog.sinks.sink import Batch, RecordsRefused, Sink, SinkUnavailable
from tests.framework.predlog.writing import Desk, Scribe, line_of, prediction, predictions


def refusing(*bad: dict[str, Any], tell: bool = False) -> Callable[[Batch], None]:
    def fault(batch: Batch) -> None:
        places = tuple(place for place, record in enumerate(batch.records) if record in bad)
        if places:
            raise RecordsRefused("no such column", places if tell else ())

    return fault


def down(batch: Batch) -> None:
    raise SinkUnavailable("nobody listens")


def accounts(desk: Desk) -> dict[str, Account]:
    cursors = {courier.name: CursorFile(desk.places.cursor(courier.name)).load() for courier in desk.couriers}
    return {account.sink: account for account in audit(desk.places, cursors)}


class World:
    """A log directory with sinks that outlive the shipper."""

    def __init__(self, directory: Path, *names: str) -> None:
        self.sinks = {name: MemorySink(name) for name in names}
        self.desk = Desk(directory, self.make)
        self.journal = Places(directory).journal

    def make(self) -> list[Sink]:
        return list(self.sinks.values())

    def account(self, name: str = "a") -> Account:
        return accounts(self.desk)[name]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, "a")


def test_everything_is_delivered_once_and_the_dead_leave_nothing_behind(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(2_500))
    scribe.drop(3)
    world.desk.ship()
    assert len(world.sinks["a"].records) == 2_500
    assert scribe.path.exists()
    scribe.die()
    world.desk.ship()
    assert list(world.journal.iterdir()) == []
    account = world.account()
    assert (account.appended, account.delivered, account.dropped, account.closes) == (2_503, 2_500, 3, True)
    assert world.sinks["a"].duplicates == 0


def test_segments_are_removed_when_every_sink_has_passed_them_and_not_before(tmp_path: Path) -> None:
    world = World(tmp_path, "a", "b")
    scribe = Scribe(world.journal)
    for _ in range(3):
        scribe.append(*predictions(10))
        scribe.roll()
    world.sinks["b"].fault = down
    world.desk.ship()
    assert len(list(scribe.path.glob("*.jsonl"))) == 3
    assert len(world.sinks["a"].records) == 30  # the one that is down does not hold up the other
    world.sinks["b"].fault = lambda _: None
    world.desk.ship()
    assert list(scribe.path.glob("*.jsonl")) == []
    assert all(account.closes and account.delivered == 30 for account in accounts(world.desk).values())


def test_the_open_segment_of_a_living_writer_stays(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(3))
    world.desk.ship()
    assert scribe.segment.exists()
    scribe.append(*predictions(3))
    world.desk.ship()
    assert len(world.sinks["a"].records) == 6


@pytest.mark.parametrize("tell", [True, False], ids=["the sink says which", "by halves"])
@pytest.mark.parametrize("places", [(0,), (99,), (3, 4, 50), tuple(range(100))], ids=str)
def test_refused_records_end_among_the_dead_letters_and_no_other_does(
    world: World, places: tuple[int, ...], tell: bool
) -> None:
    scribe, records = Scribe(world.journal), predictions(100)
    bad = [records[place] for place in places]
    world.sinks["a"].fault = refusing(*bad, tell=tell)
    scribe.append(*records)
    world.desk.ship()
    letters = [json.loads(line) for line in world.desk.places.dead_letters("a").read_bytes().splitlines()]
    assert letters == [{"reason": "no such column", "record": record} for record in bad]
    assert len(world.sinks["a"].records) == 100 - len(bad)
    account = world.account()
    assert (account.dead_lettered, account.pending, account.closes) == (len(bad), 0, True)


def test_a_dead_letter_is_written_once_though_the_cursor_was_lost_in_a_crash(world: World) -> None:
    scribe, bad = Scribe(world.journal), prediction()
    world.sinks["a"].fault = refusing(bad)
    scribe.append(bad)
    world.desk.ship()
    letters = world.desk.places.dead_letters("a")
    before = letters.read_bytes()
    letters.write_bytes(before + b'{"reason":"torn')
    world.desk.places.cursor("a").unlink()
    world.desk.restart()
    world.desk.ship()
    assert letters.read_bytes() == before
    assert world.account().closes


def test_a_line_that_is_no_record_ends_among_the_dead_letters(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(prediction())
    scribe.write(b"\xffgarbage\n", 1)
    scribe.append(prediction())
    world.desk.ship()
    (letter,) = world.desk.places.dead_letters("a").read_bytes().splitlines()
    assert json.loads(letter) == {"reason": "it is no JSON object", "record": "\\xffgarbage"}
    assert (world.account().delivered, world.account().dead_lettered, world.account().closes) == (2, 1, True)


def test_an_erased_record_is_passed_by_and_not_counted_for_the_sink(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.write(line_of({"kind": "erased"}) + b" " * 9 + b"\n", 1)
    scribe.append(prediction())
    world.desk.ship()
    account = world.account()
    assert (account.appended, account.delivered, account.pending, account.closes) == (1, 1, 0, True)
    assert not world.desk.places.dead_letters("a").exists()


def test_a_sink_that_is_down_or_broken_is_asked_again_and_says_so_once(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(5))

    def broken(batch: Batch) -> None:
        raise TypeError("a fault of the sink")

    for fault in (down, broken):
        world.sinks["a"].fault = fault
        for _ in range(3):
            world.desk.ship(turns=2)
    assert (world.account().pending, world.account().closes) == (5, True)
    told = [line for line in world.desk.said if "takes nothing now" in line]
    assert ["nobody listens" in told[0], "TypeError: a fault of the sink" in told[1]] == [True, True]
    assert len(told) == 2
    world.sinks["a"].fault = lambda _: None
    world.desk.ship()
    assert world.account().delivered == 5
    assert "takes records again" in world.desk.said[-1]


def test_a_sink_is_behind_while_there_is_more_and_not_for_what_it_does_not_take(world: World) -> None:
    (courier,) = world.desk.couriers
    Scribe(world.journal).append(*predictions(2 * MOST_ROWS + 1))
    time.sleep(0.1)
    courier.turn()
    assert courier.behind >= 0.1, "a batch was delivered, and there is more"
    world.sinks["a"].fault = down
    courier.turn()
    assert courier.behind == 0, "a faster thread would change nothing"
    time.sleep(0.1)
    world.sinks["a"].fault = lambda _: None
    courier.turn()
    assert courier.behind < 0.1, "only now it can fall behind"
    world.desk.ship()
    assert courier.behind < 0.1


def test_it_takes_small_steps_until_a_whole_one_shows_that_it_gets_a_processor(world: World) -> None:
    (courier,) = world.desk.couriers
    scribe, stop, steps = Scribe(world.journal), threading.Event(), list[int]()
    world.sinks["a"].fault = lambda batch: steps.append(len(batch))
    scribe.append(*predictions(MOST_ROWS))
    looks = iter(range(20))

    def rest() -> float:
        look = next(looks)
        if look == 2:  # two looks found nothing, for which there was time enough
            scribe.append(*predictions(500))
        if len(steps) == 3:
            stop.set()
        return LONGEST_REST if look == 0 else 0.0

    courier.run(stop, rest=rest)
    assert steps == [MOST_ROWS, 100, 400]


def test_a_lost_acknowledgement_delivers_again_and_counts_once(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(5))
    world.sinks["a"].lost_ack = down
    world.desk.ship(turns=2)
    world.sinks["a"].lost_ack = lambda _: None
    world.desk.ship()
    assert world.sinks["a"].duplicates > 0  # it came again, by the same id
    account = world.account()
    assert (account.delivered, account.closes, len(world.sinks["a"].records)) == (5, True, 5)


def test_a_sink_that_is_switched_on_begins_with_what_is_there(world: World) -> None:
    scribe = Scribe(world.journal)
    gone = Scribe(world.journal, "20261121T110000-2-abcdef")
    gone.append(*predictions(7))
    gone.die()
    scribe.append(*predictions(4))
    scribe.roll()
    world.desk.ship()
    scribe.append(*predictions(5))
    world.desk.ship()
    world.sinks["b"] = MemorySink("b")
    world.desk.restart()
    world.desk.ship()
    assert list(world.sinks["b"].records.values()) == scribe.records[4:]
    assert (world.account("a").appended, world.account("a").closes) == (16, True)
    assert (world.account("b").appended, world.account("b").closes) == (5, True)


def test_a_sink_that_is_switched_off_holds_nothing_up_and_may_come_back(tmp_path: Path) -> None:
    world = World(tmp_path, "a", "b")
    off = world.sinks["b"]
    scribe = Scribe(world.journal)
    scribe.append(*predictions(4))
    world.desk.ship()
    del world.sinks["b"]
    world.desk.restart()
    scribe.append(*predictions(3))
    scribe.roll()
    world.desk.ship()
    other = Scribe(world.journal, "20261121T130000-2-abcdef")
    other.append(*predictions(6))
    other.die()
    world.desk.ship()
    assert list(scribe.path.glob("*.jsonl")) == []
    world.sinks["b"] = off
    world.desk.restart()
    scribe.append(*predictions(2))
    world.desk.ship()
    account = world.account("b")
    assert (account.appended, account.delivered, account.closes) == (6, 6, True)
    assert off.duplicates == 0
    assert world.account("a").delivered == 15


def test_without_sinks_nothing_is_removed(tmp_path: Path) -> None:
    world = World(tmp_path)
    scribe = Scribe(world.journal)
    scribe.append(prediction())
    scribe.die()
    world.desk.ship()
    assert scribe.segment.exists()


def test_segments_that_were_counted_and_not_deleted_before_a_crash_count_once(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(3))
    scribe.roll()
    world.desk.ship()
    scribe.append(*predictions(2))
    content = b"".join(line_of(record) + b"\n" for record in scribe.records[:3])
    (scribe.path / "0000000001.jsonl").write_bytes(content)
    world.desk.restart()
    assert world.account().closes
    world.desk.ship()
    assert not (scribe.path / "0000000001.jsonl").exists()
    assert (world.account().appended, world.account().closes, world.sinks["a"].duplicates) == (5, True, 0)


def test_a_folder_that_was_counted_and_not_deleted_before_a_crash_counts_once(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(3))
    scribe.die()
    kept = {path.name: path.read_bytes() for path in scribe.path.iterdir()}
    world.desk.ship()
    scribe.path.mkdir()
    for name, content in kept.items():
        (scribe.path / name).write_bytes(content)
    totals = json.loads(world.desk.places.totals.read_text())
    world.desk.places.totals.write_text(json.dumps({**totals, "folded": [scribe.path.name]}))
    assert world.account().closes
    world.desk.restart()
    world.desk.ship()
    assert not scribe.path.exists()
    assert (world.account().appended, world.account().delivered) == (3, 3)


def test_a_folder_that_cannot_be_deleted_counts_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(3))
    scribe.die()
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        for _ in range(3):
            world.desk.ship()
    assert scribe.path.exists()
    assert (world.account().appended, world.account().closes) == (3, True)
    world.desk.ship()
    assert not scribe.path.exists()
    assert (world.account().appended, world.account().closes, world.desk.totals.folded) == (3, True, [])


@pytest.mark.parametrize("harm", ["a segment", "a line", "a cursor ahead"])
def test_the_account_does_not_close_when_records_are_lost(world: World, harm: str) -> None:
    scribe = Scribe(world.journal)
    scribe.append(*predictions(3))
    world.desk.ship()
    scribe.append(*predictions(3))
    if harm == "a segment":
        scribe.segment.unlink()
    elif harm == "a line":
        scribe.segment.write_bytes(scribe.segment.read_bytes()[: -len(line_of(scribe.records[-1])) - 1])
    else:
        cursor = CursorFile(world.desk.places.cursor("a"))
        cursor.save({scribe.path.name: Cursor(1, scribe.segment.stat().st_size, delivered=3)})
    assert world.account().missing == (3 if harm != "a line" else 1)
    assert not world.account().closes


def test_the_oldest_record_that_waits_is_known(world: World) -> None:
    scribe = Scribe(world.journal)
    world.sinks["a"].fault = down
    scribe.append(prediction(at="2026-11-21T12:00:00.000000Z"), prediction(at="2030-01-01T00:00:00.000000Z"))
    world.desk.ship(turns=2)
    assert world.account().oldest_pending_seconds >= 0
    assert world.account().pending == 2


def test_a_record_without_a_time_is_no_reason_not_to_tell_of_the_others(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(prediction(at="2026-11-21T12:00:0\x0eZ"))
    world.sinks["a"].fault = down
    world.desk.ship(turns=2)
    write_status(world.desk.places, world.desk.couriers)
    assert (world.account().pending, world.account().oldest_pending_seconds) == (1, 0)
    (now,) = accounts_now(world.desk.places)
    assert now.pending == 1


def test_a_damaged_cursor_is_a_reason_to_wait_and_damaged_totals_to_stop(world: World) -> None:
    scribe = Scribe(world.journal)
    scribe.append(prediction())
    world.desk.ship()
    world.desk.places.cursor("a").write_text("{")
    world.desk.restart()
    world.desk.ship(turns=2)
    assert any("a.json is damaged" in line and "delete it" in line for line in world.desk.said)
    world.desk.places.cursor("a").unlink()
    world.desk.ship()
    assert (world.account().delivered, world.account().closes) == (1, True)
    world.desk.places.totals.write_text("{}")
    with pytest.raises(LogStateError, match=r"totals\.json is damaged .* put a copy back"):
        world.desk.restart()
