"""All workers' numbers as Prometheus reads them. prometheus_client is imported when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from hookline.service.access import Access
from hookline.service.exchange import Exchange
from hookline.service.ledger import Key, read_ledgers
from hookline.service.metrics import METRICS, MODEL, Metric, Metrics

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

__all__ = ["MetricsDoor", "exposition"]


class MetricsDoor:
    """Answer `GET /metrics`: everybody, or, with `access`, keys that may do everything."""

    def __init__(self, metrics: Metrics, access: Access | None) -> None:
        self._metrics = metrics
        self._access = access

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        if self._access is not None:
            self._access.admit(exchange.headers, "admin")
        accept = exchange.headers.get(b"accept", b"").decode("latin-1")
        text, kind = await asyncio.to_thread(exposition, self._metrics, accept)
        await exchange.answer(text, kind=kind.encode())


def exposition(metrics: Metrics, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics of all workers as bytes, and the content type that goes with them."""
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - services that nobody scrapes do without it
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415 - see above

    registry = CollectorRegistry()
    registry.register(_Collector(metrics))
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


class _Collector:
    def __init__(self, metrics: Metrics) -> None:
        self._ledger = metrics.ledger
        self._looks = metrics.seen

    def collect(self) -> Iterator[Family]:
        """Go through the table."""
        counters, workers = self._read()
        gauges = _merged(workers)
        for look in self._looks:
            seen = look()
            counters, gauges = {**counters, **seen}, {**gauges, **seen}
        for metric in METRICS:
            numbers = gauges if metric.kind == "gauge" else counters
            rows = [(key[1:], row) for key, row in numbers.items() if key[0] == metric.name]
            yield _KINDS[metric.kind](metric, rows)

    def _read(self) -> tuple[Mapping[Key, list[float]], Sequence[Mapping[Key, list[float]]]]:
        ledger = self._ledger
        if ledger.folder is None:
            return ledger.counters.rows(), [ledger.gauges.rows()]
        return read_ledgers(ledger.folder)


def _merged(workers: Sequence[Mapping[Key, list[float]]]) -> dict[Key, list[float]]:
    """Add up the workers' gauges; a model is in service or not, however many workers serve it."""
    merged: dict[Key, list[float]] = {}
    for gauges in workers:
        for key, (number,) in gauges.items():
            merged[key] = [number if key[0] == MODEL.name else merged.get(key, [0.0])[0] + number]
    return merged


def _counter(metric: Metric, rows: Sequence[tuple[Key, list[float]]]) -> Family:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - see `exposition`

    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, (number,) in rows:
        family.add_metric(labels, number)
    return family


def _gauge(metric: Metric, rows: Sequence[tuple[Key, list[float]]]) -> Family:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - see `exposition`

    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, (number,) in rows:
        family.add_metric(labels, number)
    return family


def _histogram(metric: Metric, rows: Sequence[tuple[Key, list[float]]]) -> Family:
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - see `exposition`

    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    bounds = [*map(str, metric.buckets), "+Inf"]
    for labels, (*counts, total) in rows:
        family.add_metric(labels, list(zip(bounds, accumulate(counts), strict=True)), total)
    return family


_KINDS: Mapping[str, Callable[[Metric, Sequence[tuple[Key, list[float]]]], Any]] = {
    "counter": _counter,
    "gauge": _gauge,
    "histogram": _histogram,
}
