"""The panels of the dashboard: what each shows, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hookline.config import Settings
from hookline.monitoring.query import Series, ratio
from hookline.service import metrics as m
from hookline.service.metrics import Metric

__all__ = ["Band", "Panel", "Query", "bands"]

Kind = Literal["timeseries", "stat"]
_WINDOW = "$__rate_interval"
_HEIGHTS = {"stat": 4, "timeseries": 8}


@dataclass(frozen=True, slots=True)
class Query:
    """Be one line of a panel, and what it is called there."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """Be one picture; `width` is of 24 columns, `limit` is where it turns red."""

    title: str
    explanation: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    width: int = 12
    stacked: bool = False
    limit: float | None = None
    below: bool = False
    """Red is what lies below the limit, not above."""
    words: bool = False
    """Show what the series is called, not its number."""

    @property
    def height(self) -> int:
        """Return how many lines it takes."""
        return _HEIGHTS[self.kind]


@dataclass(frozen=True, slots=True)
class Band:
    """Be the panels under one heading."""

    title: str
    panels: Sequence[Panel]


def bands(settings: Settings) -> tuple[Band, ...]:
    """Return the dashboard from top to bottom."""
    return (
        Band("At a glance", _glance()),
        Band("Requests", _requests(settings)),
        Band("Model", _model()),
        Band("Prediction log", _log(settings)),
        Band("Sinks of the prediction log", _sinks()),
    )


def _of(metric: Metric, **matchers: str) -> Series:
    """Choose what the reader chose above the dashboard."""
    return Series(metric, window=_WINDOW).where(job="~$job", instance="~$instance", **matchers)


def _glance() -> tuple[Panel, ...]:
    answers, seconds = _of(m.REQUESTS), _of(m.SECONDS)
    failed = ratio(_of(m.REQUESTS, status="~5..").total(), answers.total())
    models = Query(_of(m.MODEL).total("model_version"), "{{model_version}}")
    return (
        Panel(
            "Model", "Versions in service; two during an upgrade", "none", (models,), "stat", 6, words=True
        ),
        Panel("Requests", "Answered per second", "reqps", (Query(answers.total()),), "stat", 4),
        Panel("Failed", "Share answered 5xx", "percentunit", (Query(failed),), "stat", 4, limit=0.01),
        Panel(
            "99 of 100 within",
            "Time from the headers to the answer",
            "s",
            (Query(seconds.quantile(0.99)),),
            "stat",
            4,
            limit=0.5,
        ),
        Panel("Workers", "Alive", "none", (Query(_of(m.WORKERS).total()),), "stat", 3, limit=1, below=True),
        Panel("In flight", "Being answered now", "none", (Query(_of(m.IN_FLIGHT).total()),), "stat", 3),
    )


def _requests(settings: Settings) -> tuple[Panel, ...]:
    seconds, inside = _of(m.SECONDS), _of(m.IN_FLIGHT)
    quantiles = tuple(
        Query(seconds.quantile(share, "path"), f"{{{{path}}}} {name}")
        for share, name in ((0.5, "half"), (0.95, "95 %"), (0.99, "99 %"))
    )
    room = f"{settings.service.max_in_flight} * {_of(m.WORKERS).total()}"
    return (
        Panel(
            "Answers by status",
            m.REQUESTS.help,
            "reqps",
            (Query(_of(m.REQUESTS).total("status"), "{{status}}"),),
            stacked=True,
        ),
        Panel("Time to answer", m.SECONDS.help, "s", quantiles),
        Panel(
            "Refused, by reason",
            m.REJECTED.help,
            "reqps",
            (Query(f"{_of(m.REJECTED).total('reason')} > 0", "{{reason}}"),),
            stacked=True,
        ),
        Panel(
            "In flight",
            f"{m.IN_FLIGHT.help}; at the limit more get 503",
            "none",
            (Query(inside.total("instance"), "{{instance}}"), Query(room, "limit of all")),
        ),
    )


def _model() -> tuple[Panel, ...]:
    return (
        Panel(
            "Rows predicted",
            m.ROWS.help,
            "cps",
            (Query(_of(m.ROWS).total("path"), "{{path}}"),),
            stacked=True,
        ),
        Panel(
            "Rows of one call of the model",
            f"{m.BATCH.help}; it grows under load",
            "none",
            (
                Query(_of(m.BATCH).mean(), "mean"),
                Query(_of(m.BATCH).quantile(0.99), "99 %"),
            ),
        ),
        Panel(
            "Instances by model version",
            "Crossing lines are an upgrade; lines that stay side by side are one that is stuck",
            "none",
            (Query(_of(m.MODEL).total("model_version", "predictor"), "{{model_version}} {{predictor}}"),),
            stacked=True,
        ),
        Panel(
            "Workers",
            m.WORKERS.help,
            "none",
            (Query(_of(m.WORKERS).total("instance"), "{{instance}}"),),
            stacked=True,
        ),
    )


def _log(settings: Settings) -> tuple[Panel, ...]:
    return (
        Panel(
            "Written to the journal",
            m.APPENDED.help,
            "cps",
            (
                Query(_of(m.APPENDED).total(), "written"),
                Query(_of(m.DROPPED).total(), "answered, not written"),
            ),
        ),
        Panel(
            "Journal on disk",
            m.JOURNAL_BYTES.help,
            "bytes",
            (Query(_of(m.JOURNAL_BYTES).total("instance"), "{{instance}}"),),
            limit=settings.prediction_log.max_bytes,
        ),
    )


def _sinks() -> tuple[Panel, ...]:
    lost = _of(m.SINK_DROPPED)
    return (
        Panel(
            "Offered and delivered",
            f"{m.OFFERED.help}. {m.DELIVERED.help}",
            "cps",
            (
                Query(_of(m.OFFERED).total("sink"), "{{sink}} offered"),
                Query(_of(m.DELIVERED).total("sink"), "{{sink}} delivered"),
            ),
        ),
        Panel("Waiting", m.PENDING.help, "short", (Query(_of(m.PENDING).total("sink"), "{{sink}}"),)),
        Panel(
            "Waiting for",
            m.OLDEST_PENDING.help,
            "s",
            (Query(f"max by (sink) ({_of(m.OLDEST_PENDING).now()})", "{{sink}}"),),
            limit=600,
        ),
        Panel(
            "Dead letters and losses",
            f"{m.DEAD_LETTERS.help}. {m.SINK_DROPPED.help}",
            "cps",
            (
                Query(_of(m.DEAD_LETTERS).total("sink"), "{{sink}} refused"),
                Query(lost.total("sink"), "{{sink}} lost"),
            ),
        ),
        Panel(
            "Taking records",
            m.SINK_UP.help,
            "none",
            (Query(f"min by (sink) ({_of(m.SINK_UP).now()})", "{{sink}}"),),
            width=24,
            limit=1,
            below=True,
        ),
    )
