"""A span per prediction request, for OpenTelemetry collectors; imported only if it is switched on."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from time import time_ns
from typing import TYPE_CHECKING, Any

import hookline
from hookline.config import Settings
from hookline.errors import ConfigError
from hookline.service import logs
from hookline.service.answers import PREDICTION_PATHS
from hookline.service.aside import Aside
from hookline.service.exchange import Exchange
from hookline.service.model import ServedModel

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span

__all__ = ["Request", "Tracing", "check_tracing"]

_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
_EVERY = 1.0
_SERVER_ERROR = 500


def check_tracing(settings: Settings) -> None:
    """Refuse to trace without OpenTelemetry."""
    if settings.tracing.enabled and not (_is_there("sdk.trace") and _is_there("exporter.otlp.proto.http")):
        raise ConfigError(
            "tracing.enabled is true and OpenTelemetry is not installed; install hookline[tracing], or set "
            "it to false"
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What a span is made of."""

    path: str
    status: int
    rows: int
    request_id: str
    began: int
    ended: int
    parent: Mapping[str, str]


class Tracing:
    """Note requests on the event loop; make spans of them and send them in a thread."""

    def __init__(self, settings: Settings, model: ServedModel | None) -> None:
        check_tracing(settings)
        self._sample = settings.tracing.sample
        self._spans = _Spans(settings, model)
        self._aside: Aside[Request] = Aside(self._spans.send, every=_EVERY)

    def note(self, exchange: Exchange, seconds: float) -> None:
        """Take down a request that was answered in so many seconds, if it is to be traced."""
        path = exchange.scope["path"]
        if path not in PREDICTION_PATHS:
            return
        parent = exchange.headers.get(b"traceparent", b"")
        found = _PARENT.fullmatch(parent)
        if not (int(found[1], 16) & _SAMPLED if found else random.random() < self._sample):  # noqa: S311 - no secret
            return
        carrier = {"traceparent": parent.decode()} if found else {}
        if found and b"tracestate" in exchange.headers:
            carrier["tracestate"] = exchange.headers[b"tracestate"].decode("latin-1")
        now = time_ns()
        self._aside.put(
            Request(
                path,
                exchange.status,
                exchange.rows,
                exchange.request_id,
                now - int(seconds * 1e9),
                now,
                carrier,
            )
        )

    async def close(self) -> None:
        """Send what is left, if that does not take too long."""
        await self._aside.close()
        self._spans.close()


class _Spans:
    """Speak OpenTelemetry; only in the thread that sends."""

    def __init__(self, settings: Settings, model: ServedModel | None) -> None:
        self._settings = settings
        self._model = {} if model is None else {"id": model.model_id, "version": model.version}
        self._tracer: Any = None
        self._exporter: Any = None
        self._context_of: Any = None

    def send(self, requests: list[Request], dropped: int) -> None:
        """Make a span of each request, and send them all."""
        if dropped:
            logs.warning("spans dropped: the collector does not keep up", count=dropped)
        if requests:
            if self._tracer is None:
                self._begin()
            self._exporter.export([self._span(request) for request in requests])

    def close(self) -> None:
        """Give up what cannot be sent."""
        if self._exporter is not None:
            self._exporter.shutdown()

    def _begin(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415 - as above
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - as above

        resource = Resource.create({"service.name": self._settings.service.name})
        provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._tracer = provider.get_tracer("hookline", hookline.__version__)
        self._exporter = OTLPSpanExporter(endpoint=self._settings.tracing.endpoint)
        self._context_of = TraceContextTextMapPropagator().extract

    def _span(self, request: Request) -> Span:
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - see _begin

        span: Span = self._tracer.start_span(
            f"POST {request.path}",
            context=self._context_of(request.parent),
            kind=SpanKind.SERVER,
            start_time=request.began,
            attributes={
                "http.request.method": "POST",
                "http.route": request.path,
                "http.response.status_code": request.status,
                "hookline.rows": request.rows,
                "hookline.request_id": request.request_id,
                **{f"hookline.model.{name}": value for name, value in self._model.items()},
            },
        )
        if request.status >= _SERVER_ERROR:
            span.set_status(StatusCode.ERROR)
        span.end(request.ended)
        return span


def _is_there(module: str) -> bool:
    try:
        return find_spec(f"opentelemetry.{module}") is not None
    except ModuleNotFoundError:
        return False
