"""Prometheus's own tool reads the rules and the dashboard's queries, and plays what the alerts are for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from hookline.config import Settings
from hookline.monitoring import alerts, dashboard, rendered
from tests.chain.running import program_of

ONE = 'job="s", instance="a"'
SINK = f'{ONE}, sink="sqlite"'
FAST = f'path="/api/predictions", {ONE}'


class Case(NamedTuple):
    """A sentence, the alert it is about, how the series go minute by minute, and what fires at the end."""

    sentence: str
    alert: str
    series: dict[str, str]
    minutes: int
    fires: bool = True


CASES = [
    Case("the last instance is gone", "HooklineGone", {f"hookline_workers{{{ONE}}}": "2x60 _x40"}, 80),
    Case("the instances stay", "HooklineGone", {f"hookline_workers{{{ONE}}}": "2x90"}, 80, fires=False),
    Case("a worker stays away", "HooklineWorkersMissing", {f"hookline_workers{{{ONE}}}": "2x5 1x20"}, 20),
    Case(
        "a worker is back after a minute",
        "HooklineWorkersMissing",
        {f"hookline_workers{{{ONE}}}": "2x5 1x1 2x20"},
        20,
        fires=False,
    ),
    Case(
        "an upgrade hangs",
        "HooklineTwoModels",
        {
            f'hookline_model_info{{{ONE}, model_version="1", predictor="compiled"}}': "1x60",
            'hookline_model_info{job="s", instance="b", model_version="2", predictor="compiled"}': "1x60",
        },
        40,
    ),
    Case(
        "an upgrade goes through",
        "HooklineTwoModels",
        {
            f'hookline_model_info{{{ONE}, model_version="1", predictor="compiled"}}': "1x5 _x55",
            f'hookline_model_info{{{ONE}, model_version="2", predictor="compiled"}}': "1x60",
        },
        40,
        fires=False,
    ),
    Case(
        "every tenth request fails",
        "HooklineErrors",
        {
            f'hookline_requests_total{{{FAST}, status="500"}}': "0+10x30",
            f'hookline_requests_total{{{FAST}, status="200"}}': "0+90x30",
        },
        20,
    ),
    Case(
        "one request in a thousand fails",
        "HooklineErrors",
        {
            f'hookline_requests_total{{{FAST}, status="500"}}': "0+1x30",
            f'hookline_requests_total{{{FAST}, status="200"}}': "0+999x30",
        },
        20,
        fires=False,
    ),
    Case(
        "nobody asks",
        "HooklineErrors",
        {f'hookline_requests_total{{{FAST}, status="200"}}': "7x30"},
        20,
        fires=False,
    ),
    Case(
        "two answers of a hundred take a second",
        "HooklineSlow",
        {
            f'hookline_request_seconds_bucket{{{FAST}, le="0.1"}}': "0+98x30",
            f'hookline_request_seconds_bucket{{{FAST}, le="0.5"}}': "0+98x30",
            f'hookline_request_seconds_bucket{{{FAST}, le="1.0"}}': "0+100x30",
            f'hookline_request_seconds_bucket{{{FAST}, le="+Inf"}}': "0+100x30",
        },
        20,
    ),
    Case(
        "all answers are quick",
        "HooklineSlow",
        {
            f'hookline_request_seconds_bucket{{{FAST}, le="0.1"}}': "0+100x30",
            f'hookline_request_seconds_bucket{{{FAST}, le="+Inf"}}': "0+100x30",
        },
        20,
        fires=False,
    ),
    Case(
        "requests are turned away",
        "HooklineOverloaded",
        {f'hookline_rejected_total{{{ONE}, reason="overloaded"}}': "0+5x30"},
        20,
    ),
    Case(
        "requests are refused for another reason",
        "HooklineOverloaded",
        {
            f'hookline_rejected_total{{{ONE}, reason="overloaded"}}': "0x30",
            f'hookline_rejected_total{{{ONE}, reason="invalid"}}': "0+5x30",
        },
        20,
        fires=False,
    ),
    Case(
        "the workers have most of what they take",
        "HooklineNearlyFull",
        {f"hookline_in_flight{{{ONE}}}": "450x30", f"hookline_workers{{{ONE}}}": "2x30"},
        20,
    ),
    Case(
        "more workers take more",
        "HooklineNearlyFull",
        {f"hookline_in_flight{{{ONE}}}": "450x30", f"hookline_workers{{{ONE}}}": "4x30"},
        20,
        fires=False,
    ),
    Case(
        "a third of the requests breaks the contract",
        "HooklineManyRefused",
        {
            f'hookline_requests_total{{{FAST}, status="422"}}': "0+5x40",
            f'hookline_requests_total{{{FAST}, status="200"}}': "0+10x40",
        },
        30,
    ),
    Case(
        "a row is in no log", "HooklineNotLogged", {f"hookline_predlog_dropped_total{{{ONE}}}": "0x5 3x5"}, 8
    ),
    Case(
        "no row is lost",
        "HooklineNotLogged",
        {f"hookline_predlog_dropped_total{{{ONE}}}": "3x10"},
        8,
        fires=False,
    ),
    Case(
        "the journal is nearly full",
        "HooklineJournalFilling",
        {f"hookline_predlog_journal_bytes{{{ONE}}}": "1000000000x20"},
        15,
    ),
    Case(
        "the journal is half full",
        "HooklineJournalFilling",
        {f"hookline_predlog_journal_bytes{{{ONE}}}": "500000000x20"},
        15,
        fires=False,
    ),
    Case("a sink is away", "HooklineSinkDown", {f"hookline_predlog_sink_up{{{SINK}}}": "0x20"}, 15),
    Case(
        "a sink was away for a moment",
        "HooklineSinkDown",
        {f"hookline_predlog_sink_up{{{SINK}}}": "0x5 1x15"},
        15,
        fires=False,
    ),
    Case(
        "a sink does not keep up",
        "HooklineSinkBehind",
        {f"hookline_predlog_oldest_pending_seconds{{{SINK}}}": "0+60x40"},
        30,
    ),
    Case(
        "a sink refuses a record",
        "HooklineDeadLetters",
        {f"hookline_predlog_dead_letters_total{{{SINK}}}": "0x5 1x10"},
        10,
    ),
]


@pytest.fixture(scope="module")
def promtool() -> Path:
    """Be Prometheus's own tool for rules."""
    return program_of("promtool")


def run(program: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def write(path: Path, content: Any) -> Path:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def play(promtool: Path, folder: Path, case: Case) -> str:
    """Have Prometheus's tool play a case; return what it holds against it."""
    (folder / "alerts.yaml").write_text(rendered(Settings())["alerts.yaml"], encoding="utf-8")
    at = f"{case.minutes}m"
    alert = next(one for group in alerts(Settings()).values() for one in group if one.name == case.alert)
    # The tool counts what fires as another series would have it: one sample, or none.
    fired = f'ALERTS{{alertname="{case.alert}", alertstate="firing", severity="{alert.severity}"}}'
    counted = [{"labels": "{}", "value": 1}] if case.fires else []
    test = {
        "name": case.sentence,
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "promql_expr_test": [{"expr": f"count({fired})", "eval_time": at, "exp_samples": counted}],
    }
    plan = {"rule_files": ["alerts.yaml"], "evaluation_interval": "1m", "tests": [test]}
    done = run(promtool, "test", "rules", write(folder / "test.yaml", plan))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_rules_are_rules(promtool: Path, tmp_path: Path) -> None:
    rules = tmp_path / "alerts.yaml"
    rules.write_text(rendered(Settings())["alerts.yaml"], encoding="utf-8")
    done = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", rules)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(map(len, alerts(Settings()).values()))} rules found" in done.stdout


def test_every_query_of_the_dashboard_is_a_query(promtool: Path, tmp_path: Path) -> None:
    found = list(_queries())
    assert len(found) > 20
    assert _checked(promtool, tmp_path, found) == ""


@pytest.mark.parametrize("wrong", ["sum by (job (hookline_workers)", "rate(hookline_workers)", "rate(1)"])
def test_a_query_that_is_none_is_found(promtool: Path, tmp_path: Path, wrong: str) -> None:
    assert "could not parse expression" in _checked(promtool, tmp_path, [wrong])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.sentence}")
def test_an_alert_fires_when_it_should_and_only_then(promtool: Path, tmp_path: Path, case: Case) -> None:
    assert play(promtool, tmp_path, case) == ""
    wrong = play(promtool, tmp_path, case._replace(fires=not case.fires))
    assert "FAILED" in wrong, "this test could not fail"


def test_every_alert_is_played() -> None:
    named = {alert.name for group in alerts(Settings()).values() for alert in group}
    assert {case.alert for case in CASES if case.fires} == named


def _queries() -> Iterator[str]:
    for panel in dashboard(Settings())["panels"]:
        for target in panel.get("targets", []):
            yield (
                target["expr"]
                .replace("$__rate_interval", "5m")
                .replace("$job", ".+")
                .replace("$instance", ".+")
            )


def _checked(promtool: Path, folder: Path, queries: list[str]) -> str:
    rules = [{"record": f"shown:{number}", "expr": query} for number, query in enumerate(queries)]
    path = write(folder / "queries.yaml", {"groups": [{"name": "dashboard", "rules": rules}]})
    done = run(promtool, "check", "rules", "--lint=none", path)
    return "" if done.returncode == 0 else done.stdout + done.stderr
