from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from hookline.config import Settings
from hookline.errors import ConfigError
from hookline.service.exchange import Exchange
from hookline.service.tracing import Tracing, check_tracing
from hookline.service.watchers import Watchers
from tests.framework.service.collector import Collector, collector
from tests.framework.service.conftest import Trained
from tests.framework.service.running import Running, serve

PATH = "/api/predictions"
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SERVER, ERROR = 2, 2


def settings(**tracing: Any) -> Settings:
    return Settings.model_validate({"tracing": {"enabled": True, **tracing}})


async def nothing(*_: object) -> None: ...


def exchange(status: int = 200, path: str = PATH, **headers: str) -> Exchange:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    found = Exchange({"method": "POST", "path": path, "headers": pairs}, nothing, nothing, [])
    found.status = status
    return found


def traced(*exchanges: Exchange, times: int = 1, **options: Any) -> Collector:
    """Note requests, and return the collector that got their spans."""

    async def run(endpoint: str) -> None:
        tracing = Tracing(settings(endpoint=endpoint, **options), None)
        for _ in range(times):
            for one in exchanges:
                tracing.note(one, 0.25)
        await tracing.close()

    with collector() as found:
        asyncio.run(run(found.endpoint))
    return found


# ---- which requests ----


def test_a_prediction_is_a_span_and_nothing_else_is() -> None:
    found = traced(exchange(), exchange(path="/ping"), exchange(path="/nowhere"))
    (span,) = found.spans
    assert (span.name, span.kind) == ("POST /api/predictions", SERVER)
    assert span.seconds == pytest.approx(0.25)


def test_a_caller_who_traces_is_the_parent_and_his_trace_goes_on() -> None:
    (span,) = traced(exchange(traceparent=f"00-{TRACE}-{SPAN}-01", tracestate="a=1,b=2")).spans
    assert (span.trace_id, span.parent_id, span.trace_state) == (TRACE, SPAN, "a=1,b=2")


@pytest.mark.parametrize("flags", ["01", "03", "ff"])
def test_a_caller_decides_that_his_request_is_traced(flags: str) -> None:
    assert len(traced(exchange(traceparent=f"00-{TRACE}-{SPAN}-{flags}"), sample=0.0).spans) == 1


@pytest.mark.parametrize("flags", ["00", "02"])
def test_a_caller_decides_that_his_request_is_not_traced(flags: str) -> None:
    assert traced(exchange(traceparent=f"00-{TRACE}-{SPAN}-{flags}")).spans == []


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        "x" * 10_000,
    ],
)
def test_a_traceparent_that_is_none_begins_a_new_trace(traceparent: str) -> None:
    (span,) = traced(exchange(traceparent=traceparent, tracestate="a=1")).spans
    assert (span.parent_id, span.trace_state) == ("", "")
    assert span.trace_id not in (TRACE, "0" * 32)


def test_of_the_others_only_a_share_is_traced() -> None:
    assert traced(exchange(), times=100, sample=0.0).spans == []
    assert 50 < len(traced(exchange(), times=400, sample=0.25).spans) < 160


@pytest.mark.parametrize(("status", "code"), [(200, 0), (422, 0), (429, 0), (500, ERROR), (503, ERROR)])
def test_what_the_service_did_wrong_is_an_error_and_what_the_caller_did_is_not(
    status: int, code: int
) -> None:
    (span,) = traced(exchange(status)).spans
    assert (span.facts["http.response.status_code"], span.status) == (status, code)


# ---- where they go ----


def test_a_collector_that_refuses_costs_spans_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async def run(endpoint: str) -> None:
        tracing = Tracing(settings(endpoint=endpoint), None)
        tracing.note(exchange(), 0.1)
        await tracing.close()

    with collector(answer=400) as found:
        asyncio.run(run(found.endpoint))
    assert found.spans == []
    assert "Failed to export" in caplog.text


def test_dropped_spans_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    Tracing(settings(), None)._spans.send([], 7)
    assert "spans dropped" in caplog.text


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        if name.startswith("opentelemetry.exporter"):
            raise ModuleNotFoundError(name)
        return find_spec(name)

    monkeypatch.setattr("hookline.service.tracing.find_spec", missing)
    with pytest.raises(ConfigError, match=r"OpenTelemetry is not installed; install hookline\[tracing\]"):
        check_tracing(settings())
    check_tracing(Settings())


def test_nothing_is_imported_and_nobody_watches_unless_switched_on() -> None:
    assert Watchers.of(Settings(), None).notes == ()
    script = (
        "import sys, hookline.service.app\n"
        "heavy = {'opentelemetry.sdk', 'opentelemetry.trace', 'prometheus_client', 'structlog', 'fastapi'}\n"
        "assert not heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# ---- the service ----


@pytest.fixture(scope="module")
def collecting() -> Iterator[Collector]:
    with collector() as found:
        yield found


@pytest.fixture(scope="module")
def watched(trained: Trained, collecting: Collector) -> Iterator[Running]:
    with serve(
        trained("iris"),
        name="my-service",
        access_log=True,
        tracing__enabled=True,
        tracing__endpoint=collecting.endpoint,
    ) as running:
        yield running


def test_the_service_sends_what_happened_to_a_request(watched: Running, collecting: Collector) -> None:
    answer = watched.ask(
        "POST",
        PATH,
        [ROW] * 3,
        traceparent=f"00-{TRACE}-{SPAN}-01",
        x_request_id="traced-1",
        x_api_key="hk_x",
    )
    assert answer.status == 200
    spans = collecting.wait_for(1)
    span = next(span for span in spans if span.facts["hookline.request_id"] == "traced-1")
    assert (span.service, span.trace_id, span.parent_id) == ("my-service", TRACE, SPAN)
    assert span.facts == {
        "http.request.method": "POST",
        "http.route": PATH,
        "http.response.status_code": 200,
        "hookline.rows": 3,
        "hookline.request_id": "traced-1",
        "hookline.model.id": answer.headers["x-model-id"],
        "hookline.model.version": answer.headers["x-model-version"],
    }
    assert 0 < span.seconds < 20


def test_what_is_left_is_sent_before_the_service_ends(trained: Trained) -> None:
    with collector() as found:
        with serve(trained("iris"), tracing__enabled=True, tracing__endpoint=found.endpoint) as running:
            for _ in range(5):
                assert running.ask("POST", PATH, [ROW]).status == 200
            assert running.stop() == 0
        assert len(found.spans) == 5


@pytest.mark.slow
def test_a_collector_that_is_not_there_stops_nothing(trained: Trained) -> None:
    with serve(
        trained("iris"), tracing__enabled=True, tracing__endpoint="http://127.0.0.1:1/v1/traces"
    ) as running:
        assert running.ask("POST", PATH, [ROW]).status == 200
        assert running.stop() == 0
    assert "Traceback" not in running.log
