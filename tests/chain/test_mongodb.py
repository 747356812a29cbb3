"""A server that speaks MongoDB's protocol holds what was logged, each record once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pymongo import MongoClient

from hookline.predlog.flat import flat
from hookline.predlog.record import id_of
from hookline.predlog.sinks.mongodb.sink import MongodbSink
from hookline.predlog.sinks.mongodb.target import Target
from hookline.predlog.sinks.sink import SinkUnavailable
from tests.chain.records import odd_predictions, other_records
from tests.chain.running import Program, free_port, program_of
from tests.framework.predlog.proxy import Proxy
from tests.framework.predlog.sinks.certificates import make_certificate
from tests.framework.predlog.writing import Desk, Scribe, batch_of, predictions

SHOW = Path(__file__).resolve().parents[2] / "getting-started" / "show_mongo.py"


@contextlib.contextmanager
def serving(folder: Path, *words: str | Path, port: int = 0) -> Iterator[tuple[Program, int]]:
    """Serve what is in a folder; the port stays free for the same server when it comes back."""
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    with Program([program_of("ferretdb"), f"127.0.0.1:{port}", folder, *words], cwd=folder) as program:
        program.wait_for("^listening")
        yield program, port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with serving(tmp_path / "data") as (_, port):
        yield port


@contextlib.contextmanager
def reading(port: int, **options: Any) -> Iterator[Any]:
    with MongoClient("127.0.0.1", port, tz_aware=True, **options) as client:
        yield client["hookline"]["predictions"]


def sink_to(port: int, **changes: Any) -> MongodbSink:
    return MongodbSink(Target("127.0.0.1", port, **changes))


def test_every_field_is_kept_as_it_was_logged(port: int) -> None:
    records = [*odd_predictions(), *other_records()]
    with contextlib.closing(sink_to(port, timezone="Europe/Berlin")) as sink:
        sink.deliver(batch_of(records))
    with reading(port) as collection:
        found = {document["_id"]: document for document in collection.find()}
    assert len(found) == len(records)
    for record in records:
        document = found[id_of(record)]
        at = datetime.fromisoformat(record["at"])
        rounded = at.replace(microsecond=at.microsecond // 1000 * 1000)
        local = at.astimezone(ZoneInfo("Europe/Berlin")).isoformat(timespec="microseconds")
        expected = {**flat(record), "_id": id_of(record), "at": rounded, "at_local": local}
        assert document == expected
        assert {name: type(value) for name, value in document.items() if name != "whole"} == {
            name: type(value) for name, value in expected.items() if name != "whole"
        }


def test_records_that_come_again_are_kept_once(port: int) -> None:
    records = predictions(1_000)
    with contextlib.closing(sink_to(port)) as sink:
        sink.deliver(batch_of(records[:600]))
        sink.deliver(batch_of(records))
    with reading(port) as collection:
        assert collection.count_documents({}) == 1_000


def test_questions_have_their_indexes(port: int) -> None:
    with contextlib.closing(sink_to(port)) as sink:
        sink.deliver(batch_of(predictions(1)))
    with reading(port) as collection:
        keys = {tuple(name for name, _ in index["key"]) for index in collection.index_information().values()}
    assert keys >= {("_id",), ("at",), ("model_version", "at"), ("class_name", "at"), ("id", "at")}


def test_a_sink_that_begins_again_finds_its_indexes(port: int) -> None:
    for record in predictions(3):
        with contextlib.closing(sink_to(port)) as sink:
            sink.deliver(batch_of([record]))
    with reading(port) as collection:
        assert collection.count_documents({}) == 3


def test_records_are_found_between_two_times(port: int) -> None:
    records = predictions(60)
    with contextlib.closing(sink_to(port)) as sink:
        sink.deliver(batch_of(records))
    begin, end = (datetime.fromisoformat(records[place]["at"]) for place in (10, 20))
    with reading(port) as collection:
        rows = [
            document["row"] for document in collection.find({"at": {"$gte": begin, "$lt": end}}).sort("at")
        ]
    assert rows == list(range(10, 20))


def test_a_person_can_be_erased(port: int) -> None:
    mine = predictions(3, id="person 1")
    truth = {
        "kind": "truth",
        "truth_id": "t",
        "at": mine[0]["at"],
        "prediction_id": id_of(mine[0]),
        "actual": 1,
    }
    with contextlib.closing(sink_to(port)) as sink:
        sink.deliver(batch_of([*mine, *predictions(2, id="person 2"), truth]))
        assert sink.erase("person 1") == 4
        assert sink.erase("person 1") == 0
    with reading(port) as collection:
        assert collection.distinct("id") == ["person 2"]


def test_tls_comes_from_the_address(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "peer.pem")
    with serving(tmp_path / "data", certificate, certificate) as (_, port):
        address = f"mongodb://127.0.0.1:{port}/?tls=true&tlsCAFile={certificate}"
        with contextlib.closing(MongodbSink(Target(address))) as sink:
            sink.deliver(batch_of(predictions(3)))
        with reading(port, tls=True, tlsCAFile=str(certificate)) as collection:
            assert collection.count_documents({}) == 3
        plain = sink_to(port, connect_seconds=0.5, answer_seconds=1.0)
        with contextlib.closing(plain), pytest.raises(SinkUnavailable):
            plain.deliver(batch_of(predictions(1)))


def test_a_server_that_is_killed_again_and_again_ends_with_each_record_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    port = free_port()
    target = Target("127.0.0.1", port, connect_seconds=0.5, answer_seconds=5.0)
    desk = Desk(tmp_path / "var", lambda: [MongodbSink(target)])
    (courier,) = desk.couriers
    writer = Scribe(desk.places.journal)
    for _ in range(3):
        writer.append(*predictions(2_000))
        with serving(data, port=port) as (program, _):
            courier.turn()
            assert courier.reason is None
            program.kill()
            courier.turn()
        assert courier.reason is not None
    with serving(data, port=port):
        desk.ship()
        with reading(port) as collection:
            found = [document["_id"] for document in collection.find({}, {"_id": 1})]
    assert sorted(found) == sorted(id_of(record) for record in writer.records)
    assert courier.ways is not None
    assert courier.ways.numbers().delivered == 6_000
    courier._sink.close()
    writer.die()


def test_answers_that_get_lost_bring_no_record_twice(port: int) -> None:
    records = predictions(500)
    with Proxy(port) as proxy:
        sink = sink_to(proxy.port, connect_seconds=1.0, answer_seconds=0.5)
        sink.deliver(batch_of(records[:10]))
        proxy.deaf = True
        with pytest.raises(SinkUnavailable):
            sink.deliver(batch_of(records))
        proxy.heal()
        sink.deliver(batch_of(records))
        sink.close()
    with reading(port) as collection:
        assert collection.count_documents({}) == 500


def test_the_newest_predictions_are_shown_in_a_terminal(port: int, tmp_path: Path) -> None:
    config = f"prediction_log:\n  mongo_db_port: {port}\n  timezone: Europe/Berlin\n"
    (tmp_path / "config.yaml").write_text(config)
    records = predictions(30, id="[red]person[/red]\x1b[2J")
    with contextlib.closing(sink_to(port, timezone="Europe/Berlin")) as sink:
        sink.deliver(batch_of(records))
    words = [sys.executable, str(SHOW), "2", str(tmp_path)]
    environ = {**os.environ, "COLUMNS": "250"}
    said = subprocess.run(words, env=environ, check=True, capture_output=True, text=True)
    assert "2 of 30 predictions" in said.stdout
    assert records[-1]["prediction_id"] in said.stdout
    assert "2026-11-21T13:00:29" in said.stdout, "the time as the zone has it"
    assert "[red]person[/red]\N{REPLACEMENT CHARACTER}[2J" in said.stdout, "callers cannot paint"
