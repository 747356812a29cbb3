"""A network that fails: every record reaches Fluentd all the same, and none gets another id."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from hookline.predlog.record import id_of
from hookline.predlog.sinks.fluentd.sink import FluentdSink
from hookline.predlog.sinks.fluentd.target import Target
from hookline.predlog.sinks.sink import Sink
from tests.framework.predlog.faults import FAULTS, WRONG_ANSWERS, Fault, drop_answers, late, refuse
from tests.framework.predlog.proxy import Proxy, eventually
from tests.framework.predlog.sinks.fluentd.peer import Peer
from tests.framework.predlog.writing import Desk, Scribe, batch_of, prediction, predictions

PATIENCE = 0.25


@pytest.fixture(params=["", "key"], ids=["plain", "shared key"])
def key(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def peer(key: str) -> Iterator[Peer]:
    with Peer(shared_key=key) as peer:
        yield peer


@pytest.fixture
def proxy(peer: Peer) -> Iterator[Proxy]:
    with Proxy(peer.port) as proxy:
        yield proxy


def make_sink(proxy: Proxy, key: str = "", **changes: Any) -> FluentdSink:
    times = {"connect_seconds": PATIENCE, "answer_seconds": PATIENCE, **changes}
    return FluentdSink(Target("127.0.0.1", proxy.port, shared_key=key, **times), "hookline")


class Line:
    """Be the way from a journal through the proxy to the peer."""

    def __init__(self, directory: Path, proxy: Proxy, make: Callable[[], Sink]) -> None:
        self.proxy = proxy
        self.desk = Desk(directory, lambda: [make()])
        self.writer = Scribe(self.desk.places.journal)

    @property
    def courier(self) -> Any:
        return self.desk.couriers[0]

    def fail(self, times: int = 2) -> None:
        """Try until the sink said so many times that it takes nothing."""
        failed = 0
        for _ in range(200):
            self.courier.turn()
            failed += self.courier.reason is not None
            if failed == times:
                return
        pytest.fail("the fault was not noticed")

    def recover(self) -> None:
        self.proxy.heal()
        self.desk.ship()
        assert self.courier.reason is None


@pytest.fixture
def line(tmp_path: Path, proxy: Proxy, key: str) -> Iterator[Line]:
    line = Line(tmp_path / "var", proxy, lambda: make_sink(proxy, key))
    line.writer.append(*predictions(20))
    line.desk.ship()
    line.writer.append(*predictions(500))
    yield line
    line.courier._sink.close()
    line.writer.die()


def assert_nothing_lost(line: Line, peer: Peer) -> None:
    assert set(peer.ids) == {id_of(record) for record in line.writer.records}
    delivered = line.courier.ways.numbers()
    assert (delivered.delivered, delivered.dead_lettered, delivered.skipped) == (520, 0, 0)
    sent = {id_of(record): record["row"] for record in line.writer.records}
    assert {record["prediction_id"]: record["row"] for record in peer.records} == sent


def answer_with_noise(proxy: Proxy) -> None:
    proxy.rewrite = lambda data: b"\xc1" * len(data)


NOTICED = [*(fault for fault in FAULTS if fault is not late), WRONG_ANSWERS["fluentd"], answer_with_noise]


@pytest.mark.parametrize("fault", NOTICED, ids=lambda fault: fault.__name__)
def test_what_a_fault_held_up_arrives_after_it(fault: Fault, line: Line, peer: Peer) -> None:
    fault(line.proxy)
    line.fail()
    before = line.courier.ways.numbers().delivered
    assert before == 20, "nothing is delivered that was not acknowledged"
    assert line.courier.reason.startswith(f"Fluentd at 127.0.0.1:{line.proxy.port}: ")
    assert fault is refuse or line.proxy.bitten, "the fault happened"
    line.recover()
    assert_nothing_lost(line, peer)


@pytest.mark.parametrize("key", [""])
def test_a_lost_acknowledgement_brings_the_same_ids_again(line: Line, peer: Peer) -> None:
    drop_answers(line.proxy)
    line.fail(3)
    line.recover()
    assert_nothing_lost(line, peer)
    assert len(peer.ids) > len(set(peer.ids)), "what was sent before the fault was noticed came twice"


@pytest.mark.parametrize("key", [""])
def test_a_peer_that_acknowledges_nothing_gets_no_cursor_moved_however_often(line: Line, peer: Peer) -> None:
    peer.answer = lambda *_: None  # type: ignore[method-assign]
    line.fail(3)
    assert line.courier.ways.numbers().delivered == 20


def test_a_slow_network_is_only_slow(peer: Peer, proxy: Proxy, key: str) -> None:
    """Answers that take seconds are still answers."""
    proxy.latency = 0.4
    sink = make_sink(proxy, key, answer_seconds=30.0)
    sink.deliver(batch_of(predictions(3)))
    sink.close()
    assert len(peer.ids) == 3
    assert peer.connections == 1


def test_a_trickle_does_not_hold_the_sink_for_ever(peer: Peer, proxy: Proxy, key: str) -> None:
    """Each byte comes in time, and the whole answer never does."""

    def trickle(connection: Any, chunk: str) -> None:
        for byte in msgpack.packb({"ack": chunk}):
            time.sleep(0.05)
            connection.sendall(bytes([byte]))

    peer.answer = trickle  # type: ignore[method-assign]
    sink = make_sink(proxy, key)
    began = time.monotonic()
    with pytest.raises(Exception, match="no answer in time"):
        sink.deliver(batch_of([prediction()]))
    sink.close()
    assert time.monotonic() - began < 5 * PATIENCE


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"ack": "other"}, "acknowledged something else"),
        (["ack"], "answers otherwise"),
        (7, "answers otherwise"),
        ({"nack": True}, "answers otherwise"),
        (["HELO", {}], "asks for a shared key"),
        ({"ack": "x" * 200_000}, "no end"),
    ],
    ids=["other", "list", "number", "map", "greeting", "endless"],
)
@pytest.mark.parametrize("key", [""])
def test_an_answer_that_is_none_is_named(answer: Any, reason: str, peer: Peer, proxy: Proxy) -> None:
    def say(connection: Any, chunk: str) -> None:
        connection.sendall(msgpack.packb(answer))

    peer.answer = say  # type: ignore[method-assign]
    sink = make_sink(proxy, answer_seconds=5.0)
    with pytest.raises(Exception, match=reason):
        sink.deliver(batch_of([prediction()]))
    assert sink._connection is None


def test_an_idle_connection_that_was_reset_is_noticed_before_it_is_used(
    peer: Peer, proxy: Proxy, key: str
) -> None:
    sink = make_sink(proxy, key, answer_seconds=5.0)
    sink.deliver(batch_of(predictions(1)))
    proxy.reset_idle()
    assert eventually(lambda: not sink._connection.is_quiet())  # type: ignore[union-attr]
    sink.deliver(batch_of(predictions(1)))
    sink.close()
    assert len(peer.ids) == 2
