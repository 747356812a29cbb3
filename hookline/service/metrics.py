"""What the service counts. `METRICS` is the one table; dashboards, alerts and the manual go by it."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from hookline.service.ledger import Cells, Key, Ledger
from hookline.service.problems import PROBLEMS

__all__ = ["METRICS", "Metric", "Metrics"]

_LATENCY = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384)


class Metric(NamedTuple):
    """One line of the table."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Return how many numbers one row takes: a histogram has its buckets, one above them, and the sum."""
        return len(self.buckets) + 2 if self.buckets else 1


REQUESTS = Metric("hookline_requests_total", "counter", ("path", "status"), "Requests answered")
SECONDS = Metric(
    "hookline_request_seconds",
    "histogram",
    ("path",),
    "Time from the headers to the answer, of requests that were let in",
    _LATENCY,
)
ROWS = Metric("hookline_rows_total", "counter", ("path",), "Rows predicted")
BATCH = Metric("hookline_batch_rows", "histogram", (), "Rows that one call of the model answered", _BATCH)
REJECTED = Metric("hookline_rejected_total", "counter", ("reason",), "Requests refused, by reason")
IN_FLIGHT = Metric("hookline_in_flight", "gauge", (), "Requests being answered now")
WORKERS = Metric("hookline_workers", "gauge", (), "Workers that are alive")
MODEL = Metric(
    "hookline_model_info", "gauge", ("model_id", "model_version", "predictor"), "1 for each model in service"
)
APPENDED = Metric("hookline_predlog_appended_total", "counter", (), "Records written to the journal")
DROPPED = Metric(
    "hookline_predlog_dropped_total", "counter", (), "Rows answered though the journal did not take them"
)
JOURNAL_BYTES = Metric("hookline_predlog_journal_bytes", "gauge", (), "Bytes of the journal on disk")
OFFERED = Metric(
    "hookline_predlog_sink_appended_total",
    "counter",
    ("sink",),
    "Rows there were for the sink, ever: delivered + pending + dead letters + dropped",
)
DELIVERED = Metric(
    "hookline_predlog_delivered_total", "counter", ("sink",), "Records that the sink has acknowledged"
)
PENDING = Metric("hookline_predlog_pending", "gauge", ("sink",), "Records that wait for the sink")
DEAD_LETTERS = Metric(
    "hookline_predlog_dead_letters_total", "counter", ("sink",), "Records that the sink refused for good"
)
SINK_DROPPED = Metric(
    "hookline_predlog_sink_dropped_total", "counter", ("sink",), "Rows that never came into the journal, ever"
)
OLDEST_PENDING = Metric(
    "hookline_predlog_oldest_pending_seconds",
    "gauge",
    ("sink",),
    "Age of the oldest record that waits for the sink",
)
SINK_UP = Metric(
    "hookline_predlog_sink_up", "gauge", ("sink",), "1 if the sink took what it was last asked to take"
)
METRICS = (
    REQUESTS,
    SECONDS,
    ROWS,
    BATCH,
    REJECTED,
    IN_FLIGHT,
    WORKERS,
    MODEL,
    APPENDED,
    DROPPED,
    JOURNAL_BYTES,
    OFFERED,
    DELIVERED,
    PENDING,
    DEAD_LETTERS,
    SINK_DROPPED,
    OLDEST_PENDING,
    SINK_UP,
)


class Metrics:
    """Count what happens in this worker: each count is an addition in shared memory, seen by all at once."""

    def __init__(self) -> None:
        self.ledger = Ledger.take()
        self._counters = self.ledger.counters.values
        self._gauges = self.ledger.gauges.values
        self._places: dict[tuple[str, int], int] = {}
        self._paths: dict[str, tuple[int, int]] = {}
        self._rejected = {reason: self._counter(REJECTED, reason) for reason in PROBLEMS}
        self._batches = self._counter(BATCH)
        self._in_flight = self._gauge(IN_FLIGHT)
        self._batching = threading.Lock()
        self._gauges[self._gauge(WORKERS)] = 1
        self._appended, self._dropped = self._counter(APPENDED), self._counter(DROPPED)
        self.seen: list[Callable[[], Mapping[Key, list[float]]]] = []
        """What is not counted but looked up, by whichever worker is asked: rows of the table."""

    def entered(self, in_flight: int) -> None:
        """Note that a request was let in, and how many are inside now."""
        self._gauges[self._in_flight] = in_flight

    def left(self, path: str, seconds: float, rows: int, in_flight: int) -> None:
        """Note that a request that was let in is done."""
        self._gauges[self._in_flight] = in_flight
        place = self._paths.get(path)
        if place is None:
            place = self._paths[path] = self._counter(SECONDS, path), self._counter(ROWS, path)
        self._observe(place[0], _LATENCY, seconds)
        self._counters[place[1]] += rows

    def answered(self, path: str, status: int) -> None:
        """Count an answer; status 0 is none, because nobody was there any more."""
        if not status:
            return
        place = self._places.get((path, status))
        if place is None:
            place = self._places[path, status] = self._counter(REQUESTS, path, str(status))
        self._counters[place] += 1

    def rejected(self, reason: str) -> None:
        """Count a refusal; `reason` is the problem's kind."""
        self._counters[self._rejected[reason]] += 1

    def batch(self, rows: int) -> None:
        """Count one call of the model, from whatever thread it was made in."""
        with self._batching:
            self._observe(self._batches, _BATCH, rows)

    def model(self, model_id: str, version: str, predictor: str) -> None:
        """Name the model in service."""
        self._gauges[self._gauge(MODEL, model_id, version, predictor)] = 1

    def logged(self, records: int) -> None:
        """Count records that are in the journal."""
        self._counters[self._appended] += records

    def not_logged(self, rows: int) -> None:
        """Count rows that were answered all the same."""
        self._counters[self._dropped] += rows

    def also(self, look: Callable[[], Mapping[Key, list[float]]]) -> None:
        """Have `look` called when somebody asks for metrics, in a thread."""
        self.seen.append(look)

    def close(self) -> None:
        """Free this worker's place; its counts stay counted, and what is counted from now on is not."""
        self._counters = self._gauges = Cells(None).values
        self.ledger.close()

    def _counter(self, metric: Metric, *labels: str) -> int:
        return self.ledger.counters.start((metric.name, *labels), metric.width)

    def _gauge(self, metric: Metric, *labels: str) -> int:
        return self.ledger.gauges.start((metric.name, *labels))

    def _observe(self, start: int, bounds: Sequence[float], value: float) -> None:
        numbers = self._counters
        numbers[start + bisect_left(bounds, value)] += 1
        numbers[start + len(bounds) + 1] += value
