"""The Fluent organisation's own receiver gets what was logged, field by field."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.flat import flat
from hookline.predlog.record import id_of
from hookline.predlog.sinks.fluentd.sink import FluentdSink
from hookline.predlog.sinks.fluentd.target import Target
from hookline.predlog.sinks.sink import SinkUnavailable
from tests.chain.records import odd_predictions, other_records
from tests.chain.running import Program, eventually, program_of
from tests.framework.predlog.sinks.certificates import make_certificate
from tests.framework.predlog.writing import Desk, Scribe, batch_of, predictions

KEY = "a shared key 🔑"
SECURITY = {"serverHostname": "receiver", "sharedKey": KEY, "authorize": False, "userDict": {}}


class Receiver:
    """Be the receiver, and what it got."""

    def __init__(self, file: Path, **options: Any) -> None:
        self._file = file
        self.program = Program(["node", program_of("fluentd"), file, json.dumps(options)])
        self.port = int(self.program.wait_for(r'^\{(?:"port":(\d+))?\}')[1] or 0)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return what is in the file, also what an earlier receiver wrote there."""
        whole, _, _ = self._file.read_bytes().rpartition(b"\n")
        return [json.loads(line) for line in whole.split(b"\n") if line]

    def sink(self, **changes: Any) -> FluentdSink:
        return FluentdSink(Target("127.0.0.1", self.port, answer_seconds=20.0, **changes), "hookline")


@contextlib.contextmanager
def receiving(folder: Path, **options: Any) -> Iterator[Receiver]:
    receiver = Receiver(folder / "events", **options)
    with receiver.program:
        yield receiver


def test_every_field_arrives_as_it_was_logged(tmp_path: Path) -> None:
    records = [*odd_predictions(), *other_records()]
    with receiving(tmp_path) as receiver, contextlib.closing(receiver.sink()) as sink:
        sink.deliver(batch_of(records))
        events = eventually(lambda: len(receiver.events) >= len(records) and receiver.events)
    got = {id_of(event["record"]): event for event in events}
    assert len(got) == len(events) == len(records)
    for record in records:
        event = got[id_of(record)]
        assert as_javascript(event["record"]) == as_javascript(flat(record))
        assert event["tag"] == f"hookline.{record.get('door') or record['kind']}"
        seconds, nanoseconds = event["time"]
        assert f".{nanoseconds:09}Z" == f".{record['at'].partition('.')[2][:-1]:0<9}Z"
        assert seconds == 1_795_262_400 + int(record["at"][17:19])


@pytest.mark.parametrize("security", [{}, {"security": SECURITY}], ids=["open", "shared key"])
def test_records_arrive_over_a_socket_in_the_file_system(security: dict[str, Any], tmp_path: Path) -> None:
    place = tmp_path / "fluentd.sock"
    sink = FluentdSink(Target(f"unix://{place}", shared_key=KEY if security else ""), "hookline")
    with (
        receiving(tmp_path, listenOptions={"path": str(place)}, **security) as receiver,
        contextlib.closing(sink),
    ):
        for record in predictions(3):
            sink.deliver(batch_of([record]))
        assert eventually(lambda: len(receiver.events) == 3)


def test_records_arrive_over_tls_from_a_receiver_that_is_known(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "peer.pem")
    pem = certificate.read_text()
    with receiving(tmp_path, tlsOptions={"cert": pem, "key": pem}) as receiver:
        with contextlib.closing(receiver.sink(tls=True, ca_file=str(certificate))) as sink:
            sink.deliver(batch_of(predictions(3)))
            assert eventually(lambda: len(receiver.events) == 3)
        sink = receiver.sink(tls=True)
        with contextlib.closing(sink), pytest.raises(SinkUnavailable, match="certificate"):
            sink.deliver(batch_of(predictions(1)))
        assert len(receiver.events) == 3


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_the_shared_key_is_proved_to_and_by_the_receiver(tls: bool, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "peer.pem")
    pem = certificate.read_text()
    options: dict[str, Any] = {"security": SECURITY}
    changes: dict[str, Any] = {"shared_key": KEY}
    if tls:
        options["tlsOptions"] = {"cert": pem, "key": pem}
        changes |= {"tls": True, "ca_file": str(certificate)}
    with receiving(tmp_path, **options) as receiver, contextlib.closing(receiver.sink(**changes)) as sink:
        for record in predictions(3):
            sink.deliver(batch_of([record]))
        assert eventually(lambda: len(receiver.events) == 3)


def test_a_wrong_key_is_refused_by_the_receiver(tmp_path: Path) -> None:
    with receiving(tmp_path, security=SECURITY) as receiver:
        sink = receiver.sink(shared_key="wrong")
        with contextlib.closing(sink), pytest.raises(SinkUnavailable):
            sink.deliver(batch_of(predictions(1)))
        assert receiver.events == []


def test_a_receiver_that_is_stopped_and_comes_back_misses_nothing(tmp_path: Path) -> None:
    first = Receiver(tmp_path / "events")
    target = Target("127.0.0.1", first.port, connect_seconds=1.0, answer_seconds=2.0)
    desk = Desk(tmp_path / "var", lambda: [FluentdSink(target, "hookline")])
    (courier,) = desk.couriers
    writer = Scribe(desk.places.journal)
    writer.append(*predictions(3_000))
    courier.turn()
    assert eventually(lambda: len(first.events) == 1_000)
    first.program.stop()
    courier.turn()
    assert courier.reason is not None
    assert courier.ways is not None
    assert courier.ways.numbers().delivered == 1_000
    writer.append(*predictions(100))
    with receiving(tmp_path, listenOptions={"port": first.port, "host": "127.0.0.1"}) as second:
        desk.ship()
        eventually(lambda: len(second.events) >= 3_100)
        got = {event["record"]["prediction_id"] for event in second.events}
    assert got == {id_of(record) for record in writer.records}
    assert courier.ways.numbers().delivered == 3_100
    courier._sink.close()
    writer.die()


def as_javascript(record: dict[str, Any]) -> dict[str, Any]:
    """Know whole numbers as JavaScript does, which is no fault of the way they came."""
    return {
        name: float(value) if type(value) is int and abs(value) > 2**53 else value
        for name, value in record.items()
    }
