"""A network that fails: every record is in MongoDB all the same, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hookline.predlog.record import id_of
from hookline.predlog.sinks.mongodb.sink import MongodbSink
from hookline.predlog.sinks.mongodb.target import Target
from tests.framework.predlog.faults import FAULTS, WRONG_ANSWERS, Fault, drop_answers, late, refuse
from tests.framework.predlog.proxy import Proxy
from tests.framework.predlog.sinks.mongodb.peer import Peer
from tests.framework.predlog.writing import Desk, Scribe, batch_of, predictions

PATIENCE = 0.3


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@pytest.fixture
def proxy(peer: Peer) -> Iterator[Proxy]:
    with Proxy(peer.port) as proxy:
        yield proxy


def make_sink(proxy: Proxy, seconds: float = PATIENCE) -> MongodbSink:
    return MongodbSink(Target("127.0.0.1", proxy.port, connect_seconds=seconds, answer_seconds=seconds))


NOTICED = [fault for fault in FAULTS if fault is not late] + [WRONG_ANSWERS["mongodb"]]


@pytest.mark.parametrize("fault", NOTICED, ids=lambda fault: fault.__name__)
def test_what_a_fault_held_up_is_there_once_after_it(
    fault: Fault, tmp_path: Path, peer: Peer, proxy: Proxy
) -> None:
    desk = Desk(tmp_path / "var", lambda: [make_sink(proxy)])
    writer = Scribe(desk.places.journal)
    writer.append(*predictions(20))
    desk.ship()
    (courier,) = desk.couriers
    assert courier.ways is not None
    assert courier.ways.numbers().delivered == 20
    writer.append(*predictions(500))
    fault(proxy)
    for _ in range(2):
        courier.turn()
        assert courier.reason is not None
        assert courier.reason.startswith(f"MongoDB at 127.0.0.1:{proxy.port}: ")
    assert courier.ways.numbers().delivered == 20, "nothing is delivered that was not acknowledged"
    assert fault is refuse or proxy.bitten, "the fault happened"
    proxy.heal()
    desk.ship()
    assert courier.reason is None
    assert list(peer.documents) == [id_of(record) for record in writer.records]
    assert courier.ways.numbers().delivered == 520
    courier._sink.close()
    writer.die()


def test_a_lost_answer_brings_the_same_ids_again_and_they_count_as_delivered(
    tmp_path: Path, peer: Peer, proxy: Proxy
) -> None:
    sink = make_sink(proxy)
    records = predictions(100)
    sink.deliver(batch_of(records[:50]))
    drop_answers(proxy)
    with pytest.raises(Exception, match="timed out"):
        sink.deliver(batch_of(records))
    assert len(peer.documents) == 100, "it was stored, and the answer was lost"
    proxy.heal()
    sink.deliver(batch_of(records))
    sink.close()
    assert len(peer.documents) == 100


def test_a_slow_network_is_only_slow(peer: Peer, proxy: Proxy) -> None:
    proxy.latency = 0.2
    sink = make_sink(proxy, 20.0)
    sink.deliver(batch_of(predictions(3)))
    sink.close()
    assert len(peer.documents) == 3
