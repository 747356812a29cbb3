"""What MongoDB keeps, what it refuses, and what is only held up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hookline.predlog.record import id_of
from hookline.predlog.sinks.mongodb.sink import MongodbSink
from hookline.predlog.sinks.mongodb.target import Target
from hookline.predlog.sinks.sink import RecordsRefused, SinkUnavailable
from tests.framework.predlog.sinks.mongodb.peer import Peer
from tests.framework.predlog.writing import batch_of, prediction, predictions


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@contextlib.contextmanager
def sink_to(peer: Peer, **changes: Any) -> Iterator[MongodbSink]:
    target = {"address": "127.0.0.1", "port": peer.port, "connect_seconds": 5.0, **changes}
    with contextlib.closing(MongodbSink(Target(**target))) as sink:
        yield sink


@pytest.fixture
def sink(peer: Peer) -> Iterator[MongodbSink]:
    with sink_to(peer) as sink:
        yield sink


def test_a_prediction_is_a_flat_document_under_its_own_id(sink: MongodbSink, peer: Peer) -> None:
    record = prediction()
    sink.deliver(batch_of([record]))
    assert peer.documents[record["prediction_id"]] == {
        **{key: value for key, value in record.items() if key not in {"features", "probabilities"}},
        "size": 1.5,
        "class_1": "large",
        "proba_1": 0.75,
        "class_2": "small",
        "proba_2": 0.25,
        "_id": record["prediction_id"],
        "at": datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC).replace(tzinfo=None),
        "at_local": "2026-11-21T12:00:00.123456+00:00",
    }


def test_the_time_zone_changes_what_is_for_reading_and_nothing_else(peer: Peer) -> None:
    with sink_to(peer, timezone="Asia/Kolkata") as sink:
        sink.deliver(batch_of([prediction()]))
    (document,) = peer.documents.values()
    assert document["at_local"] == "2026-11-21T17:30:00.123456+05:30"
    assert document["at"] == datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC).replace(tzinfo=None)


def test_every_value_that_json_knows_is_kept_as_it_is(sink: MongodbSink, peer: Peer) -> None:
    features = {
        "null": None,
        "yes": True,
        "int64": 2**63 - 1,
        "least": -(2**63),
        "text": "日本 🦊 \x00",
        "e": "",
    }
    sink.deliver(batch_of([prediction(features=features)]))
    (document,) = peer.documents.values()
    assert {name: document[name] for name in features} == features


def test_truths_and_models_are_kept_beside_predictions(sink: MongodbSink, peer: Peer) -> None:
    at = "2026-11-21T12:00:00Z"
    sink.deliver(
        batch_of(
            [
                {"kind": "truth", "truth_id": "t", "at": at, "prediction_id": None, "id": "7", "actual": 1},
                {"kind": "model", "event_id": "e", "at": at, "model_id": "m", "classes": ["a", "b"]},
            ]
        )
    )
    assert {key: found["kind"] for key, found in peer.documents.items()} == {"t": "truth", "e": "model"}


def test_what_is_there_already_counts_as_delivered(sink: MongodbSink, peer: Peer) -> None:
    records = predictions(4)
    sink.deliver(batch_of(records[:3]))
    sink.deliver(batch_of(records))
    assert list(peer.documents) == [id_of(record) for record in records]
    assert peer.duplicates == 3


def test_it_asks_for_an_acknowledgement_that_survives_a_power_loss(sink: MongodbSink, peer: Peer) -> None:
    sink.deliver(batch_of([prediction()]))
    (insert,) = peer.named("insert")
    assert insert["writeConcern"] == {"w": "majority", "j": True}
    assert insert["ordered"] is False


def test_the_address_may_ask_for_another_acknowledgement_and_other_times(peer: Peer) -> None:
    address = f"mongodb://127.0.0.1:{peer.port}/?w=1&socketTimeoutMS=1234"
    with sink_to(peer, address=address) as sink:
        sink.deliver(batch_of([prediction()]))
        assert sink._client is not None
        assert sink._client.options.pool_options.socket_timeout == 1.234
    assert peer.named("insert")[0]["writeConcern"] == {"w": 1}


def test_indexes_are_made_once_before_the_first_record(peer: Peer) -> None:
    for _ in range(2):
        with sink_to(peer) as sink:
            for record in predictions(2):
                sink.deliver(batch_of([record]))
    names = [next(iter(command)) for command in peer.commands]
    assert names == ["listIndexes", "createIndexes", "insert", "insert", "listIndexes", "insert", "insert"]
    keys = [list(index["key"]) for index in peer.indexes]
    assert ["at"] in keys
    assert ["id", "at"] in keys


def test_who_may_make_no_index_may_still_insert(sink: MongodbSink, peer: Peer) -> None:
    peer.errors["createIndexes"] = {"code": 13, "errmsg": "not authorized"}
    sink.deliver(batch_of(predictions(2)))
    assert len(peer.documents) == 2


def test_nothing_is_connected_before_the_first_batch(peer: Peer) -> None:
    with sink_to(peer):
        assert peer.commands == []


# ---- what is refused, and what may pass ----


@pytest.mark.parametrize(
    "bad",
    [
        {"features": {"n": 2**63}},
        {"features": {"text": "\ud800"}},
        {"at": "yesterday"},
        {"prediction_id": ...},
        {"features": {"text": "x" * 16 * 1024**2}},
    ],
    ids=["beyond 64 bit", "half a character", "no time", "no id", "too large"],
)
def test_records_that_are_no_documents_are_named_and_nothing_is_sent(
    bad: dict[str, Any], sink: MongodbSink, peer: Peer
) -> None:
    records = [*predictions(2), prediction(**bad), prediction()]
    records[2] = {name: value for name, value in records[2].items() if value is not ...}
    batch = batch_of(predictions(4))
    with pytest.raises(RecordsRefused, match=r"document") as refusal:
        sink.deliver(type(batch)(batch.writer, records, batch.start, batch.end, batch.lines))
    assert refusal.value.positions == (2,)
    assert "xxx" not in str(refusal.value)
    assert peer.documents == {}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"code": 121, "errmsg": "secret value"}, "validation refuses"),
        ({"code": 10334}, "too large"),
        ({"code": 11000, "errmsg": "dup key: { plan: secret }", "keyPattern": {"plan": 1}}, "unique"),
    ],
    ids=["validation", "size", "another unique index"],
)
def test_a_document_that_the_server_refuses_is_named_and_the_others_are_kept(
    fault: dict[str, Any], reason: str, sink: MongodbSink, peer: Peer
) -> None:
    records = predictions(4)
    peer.faults[id_of(records[1])] = fault
    peer.documents[id_of(records[3])] = {}
    with pytest.raises(RecordsRefused, match=reason) as refusal:
        sink.deliver(batch_of(records))
    assert refusal.value.positions == (1,)
    assert "secret" not in str(refusal.value), "a server's words may hold what a caller sent"
    assert len(peer.documents) == 3


@pytest.mark.parametrize(
    "fault", [{"code": 11600, "errmsg": "shutting down"}, {"code": 262}, {"code": 99_999}], ids=str
)
def test_any_other_error_may_pass_so_nothing_is_given_up(
    fault: dict[str, Any], sink: MongodbSink, peer: Peer
) -> None:
    records = predictions(3)
    peer.faults = {id_of(records[0]): fault, id_of(records[2]): {"code": 121}}
    with pytest.raises(SinkUnavailable, match=f"error {fault['code']}"):
        sink.deliver(batch_of(records))
    peer.faults = {}
    sink.deliver(batch_of(records))
    assert len(peer.documents) == 3


def test_stored_on_too_few_servers_is_not_delivered(sink: MongodbSink, peer: Peer) -> None:
    peer.concern_error = {"code": 64, "errmsg": "waiting for replication timed out"}
    with pytest.raises(SinkUnavailable, match="not yet on as many servers"):
        sink.deliver(batch_of(predictions(2)))


@pytest.mark.parametrize("error", [{"code": 13, "errmsg": "not authorized"}, {"code": 8000, "errmsg": "no"}])
def test_a_refused_command_makes_the_sink_unavailable(
    error: dict[str, Any], sink: MongodbSink, peer: Peer
) -> None:
    peer.errors["insert"] = error
    with pytest.raises(SinkUnavailable, match=rf"MongoDB at 127\.0\.0\.1:{peer.port}: {error['errmsg']}"):
        sink.deliver(batch_of(predictions(2)))


# ---- addresses ----


@pytest.mark.parametrize(
    "address",
    ["mongodb://127.0.0.1:1/?tlsInsecure=true&tlsAllowInvalidCertificates=true", "mongodb://127.0.0.1:x/"],
    ids=str,
)
def test_an_address_that_cannot_be_used_is_said_and_nothing_is_lost(address: str, peer: Peer) -> None:
    with (
        sink_to(peer, address=address) as sink,
        pytest.raises(SinkUnavailable, match="MongoDB at mongodb://"),
    ):
        sink.deliver(batch_of(predictions(1)))


def test_the_password_joins_the_user_of_the_address_and_is_never_shown() -> None:
    secret = "s3cret/@"  # noqa: S105 - of nobody
    target = Target("mongodb://me@127.0.0.1:1/?tls=true&authSource=admin", password=secret)
    with target.client() as client:
        given = client.options.pool_options._credentials
        assert given is not None
        assert (given.username, given.password, given.source) == ("me", secret, "admin")
        assert client.options.pool_options._ssl_context is not None
    assert "s3cret" not in f"{target!r} {target}"


def test_a_password_for_nobody_is_said() -> None:
    target = Target("127.0.0.1", password="secret")  # noqa: S106 - of nobody
    sink = MongodbSink(target)
    with pytest.raises(SinkUnavailable, match=r"names no user.*mongodb://user@host"):
        sink.deliver(batch_of(predictions(1)))


# ---- erasing ----


def test_a_person_is_erased_with_the_truths_about_their_predictions(sink: MongodbSink, peer: Peer) -> None:
    theirs, other = prediction(id="7"), prediction(id="8")
    at = "2026-11-21T12:00:00Z"
    truths: list[dict[str, Any]] = [
        {"kind": "truth", "truth_id": "by prediction", "at": at, "prediction_id": id_of(theirs), "actual": 1},
        {"kind": "truth", "truth_id": "by id", "at": at, "prediction_id": None, "id": "7", "actual": 1},
        {"kind": "truth", "truth_id": "other", "at": at, "prediction_id": id_of(other), "actual": 1},
    ]
    sink.deliver(batch_of([theirs, other, *truths]))
    assert sink.erase("7") == 3
    assert set(peer.documents) == {id_of(other), "other"}
    assert sink.erase("7") == 0
