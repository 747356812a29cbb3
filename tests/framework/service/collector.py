"""An OpenTelemetry collector, as small as can be: it takes OTLP over HTTP and decodes the real bytes."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Collector", "Span", "collector"]

SECONDS = 20.0


@dataclass(frozen=True)
class Span:
    """What came of one span."""

    name: str
    kind: int
    trace_id: str
    parent_id: str
    trace_state: str
    status: int
    seconds: float
    facts: dict[str, Any]
    service: str


@dataclass
class Collector:
    """What came so far."""

    port: int = 0
    answer: int = 200
    spans: list[Span] = field(default_factory=list)
    heard: threading.Condition = field(default_factory=threading.Condition)

    @property
    def endpoint(self) -> str:
        """Return the address that spans are sent to."""
        return f"http://127.0.0.1:{self.port}/v1/traces"

    def wait_for(self, count: int) -> list[Span]:
        """Return the spans as soon as there are so many."""
        with self.heard:
            self.heard.wait_for(lambda: len(self.spans) >= count, timeout=SECONDS)
            assert len(self.spans) >= count, self.spans
            return list(self.spans)

    def take(self, data: bytes) -> None:
        """Decode what was sent."""
        request = ExportTraceServiceRequest.FromString(data)
        with self.heard:
            for resource in request.resource_spans:
                service = facts_of(resource.resource.attributes)["service.name"]
                for scope in resource.scope_spans:
                    self.spans += [decoded(span, service) for span in scope.spans]
            self.heard.notify_all()


def decoded(span: Any, service: str) -> Span:
    return Span(
        name=span.name,
        kind=span.kind,
        trace_id=span.trace_id.hex(),
        parent_id=span.parent_span_id.hex(),
        trace_state=span.trace_state,
        status=span.status.code,
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        facts=facts_of(span.attributes),
        service=service,
    )


def facts_of(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@contextmanager
def collector(*, answer: int = 200) -> Iterator[Collector]:
    """Run a collector on a free port."""
    found = Collector(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if found.answer == 200 and self.path == "/v1/traces":
                found.take(body)
            self.send_response(found.answer)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
