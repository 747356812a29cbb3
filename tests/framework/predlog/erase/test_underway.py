"""What the shipper has in its hands while a person is erased is erased too."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hookline.config import Settings
from hookline.predlog.erase.erase import Erased, erase
from hookline.predlog.erase.underway import wait_for_batches
from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import Lock
from hookline.predlog.shipper.status import write_status
from hookline.predlog.sinks.mongodb.sink import MongodbSink
from hookline.predlog.sinks.mongodb.target import Target
from hookline.predlog.sinks.sink import Batch, RecordsRefused, Sink
from tests.framework.predlog.proxy import eventually
from tests.framework.predlog.sinks.mongodb.peer import Peer
from tests.framework.predlog.writing import Desk, Scribe, line_of, prediction

CANARY = "canary-person"


class Held(MongodbSink):
    """Read a batch, and hold it before it is sent, as a slow network does."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.has_read, self.goes_on = threading.Event(), threading.Event()
        self.refuses = False

    def deliver(self, batch: Batch) -> None:
        self.has_read.set()
        assert self.goes_on.wait(30)
        if self.refuses:
            raise RecordsRefused("for good")
        super().deliver(batch)


class World:
    """Be a shipper whose only batch is under way, and somebody who asks to erase."""

    def __init__(self, root: Path, peer: Peer, stack: ExitStack) -> None:
        log = {"embedded": False, "enable_mongodb_logging": True, "mongo_db_port": peer.port}
        self.root = root
        self.settings = Settings.model_validate({"prediction_log": log})
        self.places = Places.of(self.settings, root)
        self.sink = Held(Target("127.0.0.1", peer.port))
        sinks: list[Sink] = [self.sink]
        self.desk = Desk(self.places.directory, lambda: sinks)
        self.writer = Scribe(self.places.journal)
        stack.callback(self.writer.die)
        self.writer.append(*(prediction(id=CANARY if number % 2 else "other") for number in range(10)))
        lock = Lock.take(self.places.lock)
        assert lock is not None
        stack.callback(lock.release)
        self.stop = threading.Event()
        for work in (lambda: self.desk.couriers[0].run(self.stop), self._say):
            thread = threading.Thread(target=work)
            thread.start()
            stack.callback(thread.join)
        stack.callback(self.stop.set)
        stack.callback(self.sink.goes_on.set)
        assert self.sink.has_read.wait(10)

    def _say(self) -> None:
        while not self.stop.wait(0.02):
            write_status(self.places, self.desk.couriers)

    def erase_meanwhile(self, then: Callable[[], object]) -> Erased:
        """Begin to erase, do something when the journal is overwritten, and return what came of it."""
        done: list[Erased] = []
        eraser = threading.Thread(target=lambda: done.append(erase(self.settings, self.root, CANARY)))
        eraser.start()
        assert eventually(lambda: CANARY.encode() not in self.writer.segment.read_bytes())
        eraser.join(0.3)
        then()
        eraser.join(30)
        (erased,) = done
        return erased


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@contextmanager
def shipping(root: Path, peer: Peer) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(root, peer, stack)


def test_a_batch_that_was_read_before_the_journal_was_overwritten_is_erased_where_it_arrives(
    tmp_path: Path, peer: Peer
) -> None:
    with shipping(tmp_path, peer) as world:
        erased = world.erase_meanwhile(world.sink.goes_on.set)
        assert eventually(lambda: len(peer.documents) >= 5)
    assert (erased.journal, erased.sinks) == (5, {"mongodb": 5})
    assert {found["id"] for found in peer.documents.values()} == {"other"}


def test_what_is_refused_on_its_way_is_erased_among_the_dead_letters(tmp_path: Path, peer: Peer) -> None:
    with shipping(tmp_path, peer) as world:
        world.sink.refuses = True
        erased = world.erase_meanwhile(world.sink.goes_on.set)
    letters = world.places.dead_letters("mongodb").read_bytes()
    assert erased.dead_letters == 5
    assert CANARY.encode() not in letters
    assert letters.count(b'"id":"other"') == 5


def test_a_batch_that_hangs_is_named(tmp_path: Path, peer: Peer) -> None:
    with shipping(tmp_path, peer) as world:
        erased = erase(world.settings, tmp_path, CANARY, patience=0.1)
        assert erased.elsewhere[0].startswith("mongodb: records that were on their way")
        assert wait_for_batches(world.places, 0) == ["mongodb"]
        world.sink.goes_on.set()
        assert wait_for_batches(world.places, 10) == []


def test_a_shipper_that_has_only_begun_is_waited_for(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert wait_for_batches(places, 0) == []
    lock = Lock.take(places.lock)
    assert lock is not None
    assert wait_for_batches(places, 0) == ["the shipper"]
    # What the one before it said last does not count.
    places.status.write_text(json.dumps({"pid": 1, "at": 0, "sinks": {"sqlite": {"began": 2**40}}}))
    assert wait_for_batches(places, 0) == ["the shipper"]
    lock.release()
    assert wait_for_batches(places, 0) == []


def test_a_truth_that_stands_before_its_prediction_is_overwritten(tmp_path: Path) -> None:
    places = Places.of(Settings(), tmp_path)
    record = prediction(id=CANARY)
    truth: dict[str, Any] = {
        "kind": "truth",
        "truth_id": "t",
        "prediction_id": record["prediction_id"],
        "id": None,
        "at": record["at"],
        "actual": "large",
    }
    early, late = Scribe(places.journal, "20261121T110000-1-abcdef"), Scribe(places.journal)
    early.append(truth)
    late.append(record)
    assert erase(Settings(), tmp_path, CANARY).journal == 2
    assert line_of(truth) not in early.segment.read_bytes()
    early.die()
    late.die()
