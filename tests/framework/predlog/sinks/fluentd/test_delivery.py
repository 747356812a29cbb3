"""What arrives at Fluentd, over each kind of connection."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.record import id_of
from hookline.predlog.sinks.fluentd.packing import MOST_BYTES
from hookline.predlog.sinks.fluentd.sink import FluentdSink
from hookline.predlog.sinks.fluentd.target import Target
from hookline.predlog.sinks.sink import RecordsRefused, SinkUnavailable
from tests.framework.predlog.sinks.certificates import make_certificate
from tests.framework.predlog.sinks.fluentd.peer import Peer
from tests.framework.predlog.writing import batch_of, prediction, predictions

NOON = 1_795_262_400


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@contextlib.contextmanager
def sink_to(peer: Peer, **changes: Any) -> Iterator[FluentdSink]:
    target = {"host": "127.0.0.1", "answer_seconds": 5.0, **changes}
    if "port" not in target and hasattr(peer, "port"):
        target["port"] = peer.port
    with contextlib.closing(FluentdSink(Target(**target), "hookline")) as sink:
        yield sink


def test_a_prediction_arrives_flat_with_its_tag_and_its_time_to_the_nanosecond(peer: Peer) -> None:
    record = prediction(at="2026-11-21T12:00:00.123456789Z")
    with sink_to(peer) as sink:
        sink.deliver(batch_of([record]))
    (event,) = peer.events
    assert event.tag == "hookline.predictions"
    assert event.nanoseconds == NOON * 10**9 + 123_456_789
    assert event.record == {
        **{key: value for key, value in record.items() if key not in {"features", "probabilities"}},
        "size": 1.5,
        "class_1": "large",
        "proba_1": 0.75,
        "class_2": "small",
        "proba_2": 0.25,
    }


def test_each_kind_of_record_has_its_own_tag(peer: Peer) -> None:
    at = "2026-11-21T12:00:00Z"
    records = [
        prediction(door="proba_predictions"),
        {"kind": "truth", "truth_id": "t", "at": at, "prediction_id": "p", "actual": "small"},
        {"kind": "model", "event_id": "e", "at": at, "model_id": "m", "classes": ["large", "small"]},
        prediction(),
    ]
    with sink_to(peer) as sink:
        sink.deliver(batch_of(records))
    assert {event.tag: id_of(event.record) for event in peer.events} == {
        "hookline.proba_predictions": id_of(records[0]),
        "hookline.truth": "t",
        "hookline.model": "e",
        "hookline.predictions": id_of(records[3]),
    }


def test_every_value_that_json_knows_arrives_as_it_is(peer: Peer) -> None:
    features = {
        "null": None,
        "yes": True,
        "int64": 2**63 - 1,
        "least": -(2**63),
        "uint64": 2**64 - 1,
        "tiny": 5e-324,
        "text": "Grüße 日本 🦊 \x00 \u2028",
        "empty": "",
    }
    with sink_to(peer) as sink:
        sink.deliver(batch_of([prediction(features=features)]))
    (record,) = peer.records
    assert {name: record[name] for name in features} == features


def test_a_batch_larger_than_a_message_arrives_in_several_and_in_order(peer: Peer) -> None:
    records = predictions(5, features={"text": "x" * (MOST_BYTES // 2)})
    with sink_to(peer) as sink:
        sink.deliver(batch_of(records))
    assert peer.ids == [id_of(record) for record in records]
    assert len(peer.chunks) == 5
    assert len(set(peer.chunks)) == 5


def test_batches_use_one_connection(peer: Peer) -> None:
    with sink_to(peer) as sink:
        for record in predictions(3):
            sink.deliver(batch_of([record]))
    assert peer.connections == 1
    assert len(peer.ids) == 3


def test_nothing_is_connected_before_the_first_batch(peer: Peer) -> None:
    with sink_to(peer):
        assert peer.connections == 0


@pytest.mark.parametrize(
    "bad",
    [
        prediction(features={"n": 2**64}),
        prediction(features={"text": "\ud800"}),
        prediction(at="yesterday"),
        prediction(at="1960-01-01T00:00:00Z"),
        {"kind": "prediction", "prediction_id": "no door"},
        prediction(features="no features"),
    ],
    ids=["beyond 64 bit", "half a character", "no time", "before 1970", "no door", "features of no kind"],
)
def test_records_that_cannot_be_packed_are_named_and_nothing_is_sent(bad: dict[str, Any], peer: Peer) -> None:
    good = predictions(3)
    with sink_to(peer) as sink, pytest.raises(RecordsRefused, match="cannot be packed") as refusal:
        sink.deliver(batch_of([good[0], bad, *good[1:], bad]) if "text" not in str(bad) else _unwritten(bad))
    assert refusal.value.positions in {(1, 4), (1,)}
    assert peer.events == []


def test_a_connection_that_the_peer_closed_is_replaced_without_a_failure(peer: Peer) -> None:
    gone = threading.Event()

    def answer_and_hang_up(connection: Any, chunk: str) -> None:
        Peer.answer(peer, connection, chunk)
        connection.shutdown(2)
        gone.set()

    peer.answer = answer_and_hang_up  # type: ignore[method-assign]
    with sink_to(peer) as sink:
        for record in predictions(3):
            sink.deliver(batch_of([record]))
            assert gone.wait(5)
            gone.clear()
    assert len(peer.ids) == 3
    assert peer.connections == 3


def test_records_arrive_over_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "fluentd.sock"
    with Peer(path=path) as peer, sink_to(peer, host=f"unix://{path}") as sink:
        sink.deliver(batch_of(predictions(2)))
    assert len(peer.ids) == 2


def test_a_unix_socket_that_is_not_there_makes_the_sink_unavailable(tmp_path: Path, peer: Peer) -> None:
    with (
        sink_to(peer, host=f"unix://{tmp_path / 'none.sock'}") as sink,
        pytest.raises(SinkUnavailable, match=r"Fluentd at unix:///.*none\.sock: .*No such file"),
    ):
        sink.deliver(batch_of(predictions(1)))


# ---- the shared key ----


@pytest.mark.parametrize("keepalive", [True, False])
def test_both_sides_prove_the_shared_key(keepalive: bool) -> None:
    with Peer(shared_key="k 🔑", keepalive=keepalive) as peer, sink_to(peer, shared_key="k 🔑") as sink:
        for record in predictions(2):
            sink.deliver(batch_of([record]))
    assert len(peer.ids) == 2
    assert peer.connections == (1 if keepalive else 2)


def test_a_wrong_key_makes_the_sink_unavailable_and_is_not_told(peer: Peer) -> None:
    with (
        Peer(shared_key="right") as keyed,
        sink_to(keyed, shared_key="wrong-key") as sink,
        pytest.raises(SinkUnavailable, match=r"shared_key mismatch.*fluentd_shared_key") as fault,
    ):
        sink.deliver(batch_of(predictions(1)))
    assert "wrong-key" not in str(fault.value) + repr(sink._target)
    assert keyed.events == []


def test_a_peer_that_does_not_know_the_key_gets_nothing() -> None:
    with (
        Peer(shared_key="key", knows_key=False) as peer,
        sink_to(peer, shared_key="key") as sink,
        pytest.raises(SinkUnavailable, match="does not know the shared key"),
    ):
        sink.deliver(batch_of(predictions(1)))
    assert peer.events == []


def test_a_missing_key_is_named() -> None:
    with (
        Peer(shared_key="key") as peer,
        sink_to(peer) as sink,
        pytest.raises(SinkUnavailable, match=r"set prediction_log\.fluentd_shared_key"),
    ):
        sink.deliver(batch_of(predictions(1)))


def test_a_key_that_the_peer_does_not_ask_for_is_a_fault_within_the_time(peer: Peer) -> None:
    with (
        sink_to(peer, shared_key="key", answer_seconds=0.2) as sink,
        pytest.raises(SinkUnavailable, match="no answer in time"),
    ):
        sink.deliver(batch_of(predictions(1)))
    assert peer.events == []


# ---- TLS ----


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "peer.pem")


def test_records_arrive_over_tls(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with (
        Peer(tls=context, shared_key="key") as peer,
        sink_to(peer, tls=True, ca_file=str(certificate), shared_key="key") as sink,
    ):
        for record in predictions(3, features={"text": "x" * 100_000}):
            sink.deliver(batch_of([record]))
    assert len(peer.ids) == 3
    assert peer.connections == 1


def test_a_certificate_that_nobody_signed_is_not_trusted(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with (
        Peer(tls=context) as peer,
        sink_to(peer, tls=True) as sink,
        pytest.raises(SinkUnavailable, match="certificate verify failed"),
    ):
        sink.deliver(batch_of(predictions(1)))
    assert peer.events == []


def _unwritten(record: dict[str, Any]) -> Any:
    """Put a record in a batch beside a good one; its line, which nobody reads here, is not UTF-8's."""
    batch = batch_of([prediction(), prediction()])
    return type(batch)(batch.writer, [batch.records[0], record], batch.start, batch.end, batch.lines)
