"""A service ships through an OpenTelemetry Collector into Elasticsearch, and there is what was answered.

The collector and its receiver of the forward protocol are the OpenTelemetry project's own. The exporter is a
small one of ours (tools/otel/elastic.go), for the project's own cannot be had where these tests run: of the
module elasticsearchexporter 0.165.1, 0.165.0 and 0.161.0 are refused, 0.149.0 is not there, and 0.141.0 and
0.100.0 cannot be verified, since the checksum database has no entry of theirs.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.config import load_settings
from hookline.contract import Contract, parse_contract, parse_contract_text
from hookline.predlog.flat import flat
from hookline.predlog.kibana import write_files
from hookline.predlog.places import Places
from hookline.predlog.record import id_of
from hookline.predlog.sinks.fluentd.sink import FluentdSink
from hookline.predlog.sinks.fluentd.target import Target
from tests.chain import elasticsearch
from tests.chain.elasticsearch import Elasticsearch
from tests.chain.records import odd_predictions, other_records
from tests.chain.running import Program, eventually, free_port, program_of
from tests.framework.predlog.calling import Caller
from tests.framework.predlog.faults import drop_answers, half_open, refuse, reset
from tests.framework.predlog.proxy import Proxy
from tests.framework.predlog.writing import batch_of
from tests.framework.service.running import serve

ROWS: list[dict[str, Any]] = [
    {"size": 9.5, "weight": None, "plan": "pro"},
    {"size": 2**53 - 1, "weight": 1 / 3, "plan": "Größe 🦊"},
    {"size": 0.1, "weight": -1.5, "plan": None},
]
ODD = """\
task: classification
target_label: label
input_features:
  - {name: size, nullable: true}
  - {name: plan, type: category, nullable: true, choices: [basic, pro], unknown: accept}
  - {name: whole, type: int, nullable: true}
  - {name: open, type: bool, nullable: true}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Elasticsearch]:
    with elasticsearch.serving() as server:
        yield server


@contextlib.contextmanager
def collecting(server: Elasticsearch, contract: Contract, folder: Path) -> Iterator[int]:
    """Run the collector, with the index template installed; give its port."""
    template, _ = write_files(folder, contract, load_settings(folder, {}))
    server.ask("PUT", "_index_template/fluentd", json.loads(template.read_text()))
    port = free_port()
    with Program([program_of("otel"), f"127.0.0.1:{port}", server.address]) as program:
        program.wait_for("Everything is ready")
        yield port
    server.ask("DELETE", "fluentd-*")


def stored(server: Elasticsearch) -> dict[str, dict[str, Any]]:
    """Return every document by its id, without what the way adds: the tag, and the time once more."""
    # An index that was made just now cannot be searched yet.
    there = ",".join(server.ask("GET", "fluentd-*/_alias"))
    if not there:
        return {}
    server.ask("GET", f"_cluster/health/{there}?wait_for_status=yellow&timeout=60s")
    server.ask("POST", f"{there}/_refresh")
    answer = server.ask("POST", f"{there}/_search", {"size": 10_000, "track_total_hits": True})
    found = {hit["_id"]: dict(hit["_source"]) for hit in answer["hits"]["hits"]}
    assert len(found) == answer["hits"]["total"]["value"], "an id is one document, however often it came"
    for document in found.values():
        assert document.pop("tag") == f"hookline.{document.get('door') or document['kind']}"
        assert _digits(document.pop("@timestamp")) == _digits(document["at"])
    return found


def test_every_field_comes_through_the_collector_as_it_was_logged(
    server: Elasticsearch, tmp_path: Path
) -> None:
    records = [*odd_predictions(), *other_records()]
    with collecting(server, parse_contract_text(ODD), tmp_path) as port:
        with contextlib.closing(FluentdSink(Target("127.0.0.1", port), "hookline")) as sink:
            sink.deliver(batch_of(records))
            sink.deliver(batch_of(records))
        found = stored(server)
    assert found == {id_of(record): flat(record) for record in records}


def test_what_a_service_answered_is_what_elasticsearch_holds(
    server: Elasticsearch, trained: Path, tmp_path: Path
) -> None:
    contract = parse_contract(trained / "source/model/features.yaml")
    database = Places(trained / "var").database
    with collecting(server, contract, tmp_path / "kibana") as port, Proxy(port) as proxy:
        settings: dict[str, Any] = {
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": proxy.port,
        }
        with serve(trained, **settings) as service:
            with Caller(service.port, ROWS, path="/api/proba_predictions") as caller:
                for fault in (refuse, half_open, reset, drop_answers):
                    time.sleep(0.5)
                    fault(proxy)
                    time.sleep(1)
                    proxy.heal()
            eventually(lambda: set(caller.answers) <= set(stored(server)), 60)
        found = stored(server)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            kept = [json.loads(line) for (line,) in connection.execute("SELECT body FROM prediction")]
    assert caller.failures == []
    assert len(caller.answers) > 100
    predictions = {name: one for name, one in found.items() if one["kind"] == "prediction"}
    assert set(predictions) == set(caller.answers)
    assert predictions == {record["prediction_id"]: flat(record) for record in kept}
    for name, (row, answer) in caller.answers.items():
        document = predictions[name]
        assert {feature: document[feature] for feature in row} == row
        shares = dict(zip(answer["class_names"], answer["probabilities"], strict=True))
        ranks = range(1, 1 + len(shares))
        assert {document[f"class_{rank}"]: document[f"proba_{rank}"] for rank in ranks} == shares


def _digits(time: str) -> str:
    """Write a time with all of its nine digits."""
    whole, _, fraction = time.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<9}Z"
