"""The rules of alert: what is wrong, how long it may be, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hookline.config import Settings
from hookline.monitoring.query import Series, ratio
from hookline.service import metrics as m

__all__ = ["Alert", "alerts", "rule_groups"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Be one rule: when it holds for a while, somebody is told."""

    name: str
    severity: Literal["critical", "warning"]
    expression: str
    lasts: str
    summary: str
    remedy: str

    def plain(self) -> dict[str, Any]:
        """Return it in Prometheus's words."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasts,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "description": self.remedy},
        }


def alerts(settings: Settings) -> Mapping[str, tuple[Alert, ...]]:
    """Return the rules by group, with limits from the settings."""
    return {
        "hookline-service": (*_presence(), *_answers(settings)),
        "hookline-prediction-log": _log(settings),
    }


def rule_groups(settings: Settings) -> dict[str, Any]:
    """Return what a rule file of Prometheus holds, and the `spec` of a PrometheusRule."""
    groups = [
        {"name": name, "rules": [alert.plain() for alert in found]}
        for name, found in alerts(settings).items()
    ]
    return {"groups": groups}


def _presence() -> tuple[Alert, ...]:
    workers, models = Series(m.WORKERS), Series(m.MODEL)
    before = workers.total("job", what=workers.before("1h"))
    versions = models.total("job", "model_version", what=models.now())
    return (
        Alert(
            "HooklineGone",
            "critical",
            f"{before} unless on (job) {workers.total('job')}",
            "5m",
            "{{ $labels.job }} has no instance left that can be asked",
            "An hour ago there was one. Look at its pods or processes, and at their logs.",
        ),
        Alert(
            "HooklineWorkersMissing",
            "warning",
            f"{workers.now()} < {workers.over('1h').highest()}",
            "10m",
            "{{ $labels.instance }} has fewer workers than it had",
            "Workers die and do not come back. Its log says why; memory is the most common reason.",
        ),
        Alert(
            "HooklineTwoModels",
            "warning",
            f"count by (job) ({versions}) > 1",
            "30m",
            "{{ $labels.job }} answers with {{ $value }} versions of the model at once",
            "A rolling upgrade has stopped half way. `hookline deploy --plan` shows what is live; "
            "deploy again, or take it back with `hookline deploy rollback`.",
        ),
    )


def _answers(settings: Settings) -> tuple[Alert, ...]:
    answers, refusals, inside = Series(m.REQUESTS), Series(m.REJECTED), Series(m.IN_FLIGHT)
    everything = answers.total("job")
    room = f"{settings.service.max_in_flight} * {Series(m.WORKERS).now()}"
    asked = Series(m.SECONDS).where(path="~/api/(proba_)?predictions")
    return (
        Alert(
            "HooklineErrors",
            "critical",
            f"{ratio(answers.where(status='~5..').total('job'), everything)} > 0.01",
            "5m",
            "{{ $labels.job }} fails to answer {{ $value | humanizePercentage }} of its requests",
            "The service's log has the request ids. If it began with an upgrade: `hookline deploy rollback`.",
        ),
        Alert(
            "HooklineSlow",
            "warning",
            f"{asked.quantile(0.99, 'job', 'path')} > 0.5",
            "10m",
            "One request in a hundred to {{ $labels.path }} takes over {{ $value | humanizeDuration }}",
            "Look at the requests in flight and at the rows of a request; more replicas help against the "
            "first, smaller requests against the second.",
        ),
        Alert(
            "HooklineOverloaded",
            "warning",
            f"{refusals.where(reason='overloaded').total('job')} > 0",
            "5m",
            "{{ $labels.job }} turns requests away because it is over capacity",
            "Raise `deployment.replicas`, or the CPU limit and with it the workers.",
        ),
        Alert(
            "HooklineNearlyFull",
            "warning",
            f"{inside.now()} > 0.8 * {room}",
            "5m",
            "{{ $labels.instance }} has {{ $value }} requests in flight, most of what it takes",
            "Raise `deployment.replicas` before it turns requests away.",
        ),
        Alert(
            "HooklineManyRefused",
            "warning",
            f"{ratio(answers.where(status='422').total('job'), everything)} > 0.2",
            "15m",
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.job }} break the contract",
            "Some caller sends what features.yaml does not allow. If it began with an upgrade, compare the "
            "contracts: `hookline contract diff`.",
        ),
    )


def _log(settings: Settings) -> tuple[Alert, ...]:
    log, dropped = settings.prediction_log, Series(m.DROPPED)
    dead, behind = Series(m.DEAD_LETTERS).over("1h"), Series(m.OLDEST_PENDING)
    return (
        Alert(
            "HooklineNotLogged",
            "critical",
            f"{dropped.total('job', what=dropped.increase())} > 0",
            "0m",
            "{{ $labels.job }} answers rows that are in no log",
            "The journal takes no more: is its disk full, or `prediction_log.max_bytes` reached?",
        ),
        Alert(
            "HooklineJournalFilling",
            "warning",
            f"{Series(m.JOURNAL_BYTES).now()} > {int(0.8 * log.max_bytes)}",
            "10m",
            "The journal of {{ $labels.instance }} holds {{ $value | humanize1024 }}B",
            "Its limit, `prediction_log.max_bytes`, is near. A sink does not keep up or is not there.",
        ),
        Alert(
            "HooklineSinkDown",
            "warning",
            f"{Series(m.SINK_UP).now()} == 0",
            "10m",
            "The sink {{ $labels.sink }} takes no predictions from {{ $labels.instance }}",
            "They wait in the journal and none is lost, until it is full. Mend the sink; the service's log "
            "says what it answered.",
        ),
        Alert(
            "HooklineSinkBehind",
            "warning",
            f"{behind.now()} > 600",
            "10m",
            "Predictions wait {{ $value | humanizeDuration }} for the sink {{ $labels.sink }}",
            "The sink is slower than the predictions come, or away.",
        ),
        Alert(
            "HooklineDeadLetters",
            "warning",
            f"{dead.total('job', 'sink', what=dead.increase())} > 0",
            "0m",
            "The sink {{ $labels.sink }} refused predictions of {{ $labels.job }} for good",
            "They are kept beside the journal, with the sink's reason; docs/prediction-log.md says where.",
        ),
    )
