"""The index template and the dashboard hold against a real Elasticsearch.

Fluentd with its Elasticsearch plugin and Kibana cannot be had where these tests run. The tests do what the
plugin does (one index a day, the record's id as document id, the time in @timestamp), and ask what Kibana
would ask.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hookline.config import load_settings
from hookline.contract import Contract, parse_contract_text
from hookline.predlog.erase.erase import erase
from hookline.predlog.flat import flat
from hookline.predlog.kibana import write_files
from hookline.predlog.record import id_of
from hookline.predlog.sinks.fluentd.sink import FluentdSink
from hookline.predlog.sinks.fluentd.target import Target
from tests.chain import elasticsearch
from tests.chain.elasticsearch import Elasticsearch
from tests.chain.records import odd_predictions, other_records
from tests.chain.running import eventually
from tests.chain.test_fluentd import receiving
from tests.framework.predlog.writing import batch_of, prediction, predictions

FEATURES = """\
task: classification
target_label: label
input_features:
  - {name: size, nullable: true}
  - {name: plan, type: category, nullable: true, choices: [basic, pro], unknown: accept}
  - {name: whole, type: int, nullable: true}
  - {name: open, type: bool, nullable: true}
  - {name: since, type: datetime, nullable: true}
  - {name: e_mail, type: string, log: hash}
  - {name: street, type: string, log: drop}
  - {name: value, nullable: true}
"""
REGRESSION = "task: regression\ntarget_label: price\ninput_features:\n  - name: size\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Elasticsearch]:
    with elasticsearch.serving() as server:
        yield server


class Setup:
    """Be a server with the template installed, and what would be imported into Kibana."""

    def __init__(self, server: Elasticsearch, folder: Path, contract: Contract) -> None:
        self.server = server
        self.index = f"fluentd-{date(2026, 11, 21):%Y%m%d}"
        template, objects = write_files(folder, contract, load_settings(folder, {}))
        server.ask("PUT", "_index_template/fluentd", json.loads(template.read_text()))
        self.objects = [json.loads(line) for line in objects.read_text().splitlines()]

    def store(self, records: list[dict[str, Any]]) -> None:
        """Do what Fluentd's plugin does."""
        self.server.index(
            self.index, [(id_of(record), {**flat(record), "@timestamp": record["at"]}) for record in records]
        )

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [found for found in self.objects if found["type"] == kind]


@pytest.fixture(params=[FEATURES, REGRESSION], ids=["classification", "regression"])
def contract(request: pytest.FixtureRequest) -> Contract:
    return parse_contract_text(request.param, name="features.yaml")


@pytest.fixture
def setup(server: Elasticsearch, contract: Contract, tmp_path: Path) -> Iterator[Setup]:
    yield Setup(server, tmp_path, contract)
    server.ask("DELETE", "fluentd-*")


@pytest.fixture
def filled(setup: Setup, contract: Contract) -> Setup:
    """Store some hours of predictions, a truth and a model."""
    kept = ("kind", "prediction_id", "request_id", "row", "model_id", "model_version", "door", "ms")
    records = predictions(200)
    for number, record in enumerate(records):
        record["at"] = f"2026-11-21T{10 + number // 50:02}:{number % 50:02}:00.123456Z"
        record["id"] = f"person {number % 7}"
        record["flags"] = ["unknown:plan"] if number % 9 == 0 else []
        record["model_version"] = "v1" if number < 150 else "v2"
        if contract.task == "regression":
            record["features"] = {"size": number / 10}
            plain = {name: record[name] for name in (*kept, "at", "id", "flags", "features")}
            record.clear()
            record.update(plain, value=number / 3)
        else:
            record["features"] = {
                "size": None if number % 10 == 0 else number / 10,
                "plan": "pro",
                "whole": 2**53 + number,
                "open": number % 2 == 0,
                "since": "2020-02-29T00:00:00Z",
                "e_mail": "0f" * 32,
                "value": 7,
            }
            record["probabilities"] = {"large": 0.5 + number / 500, "small": 0.3, "other": 0.1}
    setup.store([*records, *other_records()])
    return setup


@pytest.mark.parametrize("contract", [FEATURES], indirect=True)
def test_what_comes_through_the_receiver_is_found_as_it_was_logged(setup: Setup, tmp_path: Path) -> None:
    """From the sink over the wire into the index and back; whole numbers as far as JavaScript knows them."""
    records = [
        record for record in odd_predictions() if abs(record["features"]["whole"] or 0) <= 2**53
    ] + other_records()
    with receiving(tmp_path) as receiver:
        with contextlib.closing(FluentdSink(Target("127.0.0.1", receiver.port), "hookline")) as sink:
            sink.deliver(batch_of(records))
        events = eventually(lambda: len(receiver.events) >= len(records) and receiver.events)
    setup.store([event["record"] for event in events])
    _assert_found(setup, records)


@pytest.mark.parametrize("contract", [FEATURES], indirect=True)
def test_every_value_is_found_as_it_was_logged(setup: Setup) -> None:
    records = [*odd_predictions(), *other_records()]
    setup.store(records)
    setup.store(records)
    _assert_found(setup, records)


def _assert_found(setup: Setup, records: list[dict[str, Any]]) -> None:
    answer = setup.server.ask("POST", f"{setup.index}/_search", {"size": 1000, "track_total_hits": True})
    assert answer["hits"]["total"]["value"] == len(records), "the same id is the same document"
    found = {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}
    for record in records:
        assert found[id_of(record)] == {**flat(record), "@timestamp": record["at"]}


@pytest.mark.parametrize("contract", [FEATURES], indirect=True)
def test_values_are_searched_by_their_declared_types(setup: Setup) -> None:
    setup.store(
        [
            prediction(features={"plan": "2026-11-21", "whole": 2**53 + 1, "size": 7}, row=1),
            prediction(features={"plan": "7", "whole": 2**53, "size": 6.5}, row=2),
            prediction(features={"plan": "true"}, at="2026-11-21T12:00:00.123456001Z", row=3),
            prediction(features={"plan": "x" * 40_000}, at="2026-11-21T12:00:00.123456002Z", row=4),
        ]
    )

    def rows(query: dict[str, Any]) -> list[int]:
        body = {"query": query, "sort": ["row"], "size": 100}
        hits = setup.server.ask("POST", f"{setup.index}/_search", body)["hits"]["hits"]
        return [hit["_source"]["row"] for hit in hits]

    assert rows({"term": {"plan": "2026-11-21"}}) == [1]
    assert rows({"term": {"plan": "7"}}) == [2]
    assert rows({"term": {"whole": 2**53 + 1}}) == [1]
    assert rows({"range": {"size": {"gt": 6.4, "lt": 7}}}) == [2]
    after = {"range": {"@timestamp": {"gt": "2026-11-21T12:00:00.123456001Z"}}}
    assert rows({"bool": {"filter": [after, {"range": {"row": {"gte": 3}}}]}}) == [4]


@pytest.mark.parametrize("contract", [FEATURES], indirect=True)
@pytest.mark.parametrize("name", ["person 1", 'O\'Neil "x" \\ <b> 🦊', "7"])
def test_the_question_that_erasing_says_finds_a_persons_records_and_no_others(
    setup: Setup, tmp_path: Path, name: str
) -> None:
    """Only asked: this server lacks the module that deletes by a question."""
    setup.store(
        [{**one, "id": name if number % 3 else "other"} for number, one in enumerate(predictions(30))]
    )
    words = erase(
        load_settings(tmp_path, {"HOOKLINE_PREDICTION_LOG__ENABLE_FLUENTD_LOGGING": "true"}), tmp_path, name
    )
    (said,) = (one for one in words.elsewhere if "_delete_by_query" in one)
    body, _ = json.JSONDecoder().raw_decode(said.partition("with the body ")[2])
    answer = setup.server.ask("POST", f"{setup.index}/_search", {**body, "size": 100})
    assert [hit["_source"]["id"] for hit in answer["hits"]["hits"]] == [name] * 20


def test_every_reference_is_among_the_objects(setup: Setup) -> None:
    there = {(found["type"], found["id"]) for found in setup.objects}
    assert len(there) == len(setup.objects)
    named = [reference for found in setup.objects for reference in found["references"]]
    assert {(reference["type"], reference["id"]) for reference in named} <= there
    (board,) = setup.of_kind("dashboard")
    panels = json.loads(board["attributes"]["panelsJSON"])
    names = {reference["name"] for reference in board["references"]}
    assert {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels} == names
    assert len(panels) == len(setup.of_kind("visualization"))


def test_every_field_that_is_named_exists_and_has_values(filled: Setup) -> None:
    known = filled.server.ask("GET", "fluentd-*/_field_caps?fields=*")["fields"]
    fields = {field for found in filled.of_kind("search") for field in found["attributes"]["columns"]}
    (view,) = filled.of_kind("index-pattern")
    fields.add(view["attributes"]["timeFieldName"])
    for found in filled.of_kind("visualization"):
        fields |= {field for field in map(_field, _aggregations(found)) if field}
    assert fields <= set(known)
    for field in fields:
        (kind,) = known[field].values()
        assert kind["searchable"]
        assert kind["aggregatable"]
        count = filled.server.ask("POST", "fluentd-*/_count", {"query": {"exists": {"field": field}}})
        assert count["count"], field


def test_every_panel_gives_buckets(filled: Setup) -> None:
    seen = set()
    for found in filled.of_kind("visualization"):
        metric, *splits = _aggregations(found)
        body: dict[str, Any] = {"size": 0, "query": _query(found)}
        inner = body
        for number, aggregation in enumerate([*splits, metric]):
            if aggregation["type"] != "count":
                inner["aggs"] = {str(number): _asked(aggregation, filled)}
                inner = inner["aggs"][str(number)]
        answer = filled.server.ask("POST", "fluentd-*/_search", body)["aggregations"]["0"]
        title = found["attributes"]["title"]
        assert answer["buckets"], title
        assert sum(bucket["doc_count"] for bucket in answer["buckets"]), title
        if metric["type"] == "percentiles":
            last = answer["buckets"][-1][str(len(splits))]["values"]
            assert all(value is not None for value in last.values()), title
        elif len(splits) == 2:
            assert any(bucket["1"]["buckets"] for bucket in answer["buckets"]), title
        seen.add(title)
    assert len(seen) >= 6


def _aggregations(found: dict[str, Any]) -> list[dict[str, Any]]:
    aggregations: list[dict[str, Any]] = json.loads(found["attributes"]["visState"])["aggs"]
    return aggregations


def _field(aggregation: dict[str, Any]) -> str | None:
    field: str | None = aggregation["params"].get("field")
    return field


def _query(found: dict[str, Any]) -> dict[str, Any]:
    source = json.loads(found["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    field, _, word = source["query"]["query"].partition(" : ")
    return {"term": {field: word}}


def _asked(aggregation: dict[str, Any], setup: Setup) -> dict[str, Any]:
    """Write an aggregation as Kibana sends it."""
    kind, params = aggregation["type"], aggregation["params"]
    field = params["field"]
    match kind:
        case "date_histogram":
            return {kind: {"field": field, "fixed_interval": "30m", "min_doc_count": 1}}
        case "histogram":
            return {kind: {"field": field, "interval": _width(field, params["interval"], setup)}}
        case "terms":
            return {kind: {"field": field, "size": params["size"], "order": {"_count": params["order"]}}}
        case "percentiles":
            return {kind: {"field": field, "percents": params["percents"]}}
    raise AssertionError(f"Kibana's {kind} is unknown here")


def _width(field: str, width: float | str, setup: Setup) -> float:
    if width != "auto":
        return float(width)
    body = {"size": 0, "aggs": {"s": {"stats": {"field": field}}}}
    found = setup.server.ask("POST", "fluentd-*/_search", body)["aggregations"]["s"]
    return float(max(1e-6, (found["max"] - found["min"]) / 50))
