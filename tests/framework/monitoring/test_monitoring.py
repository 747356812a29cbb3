"""What Grafana and Prometheus are told; tests/chain has Prometheus's own tool read it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as metrics_of

from hookline.config import Settings
from hookline.config.sections import PredictionLog, Service
from hookline.monitoring import alerts, dashboard, rendered
from hookline.monitoring.query import Series
from hookline.service.metrics import BATCH, IN_FLIGHT, METRICS, MODEL, REQUESTS
from tests.framework.cli.conftest import hookline
from tests.framework.helpers import make_project
from tests.framework.service.projects import IRIS_ROW, trained_once
from tests.framework.service.running import serve
from tests.house import ROOT

__all__ = ["hookline"]

SELECTED = re.compile(r"(hookline_\w+)(?:\{([^}]*)\})?")


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard(Settings())["panels"]
    return found


def expressions() -> Iterator[str]:
    for panel in panels():
        yield from (target["expr"] for target in panel.get("targets", []))
    for group in alerts(Settings()).values():
        yield from (alert.expression for alert in group)
    for variable in dashboard(Settings())["templating"]["list"]:
        yield variable["query"]


def unknown(expression: str, exported: dict[str, set[str]]) -> list[str]:
    """List what an expression asks for and no service has."""
    missing = []
    for name, matchers in SELECTED.findall(expression):
        if name not in exported:
            missing.append(name)
            continue
        asked = set(re.findall(r"(\w+)(?==|!~)", matchers)) - {"job", "instance"}
        missing += [f"{name}{{{label}}}" for label in asked - exported[name]]
    return missing


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Ask a running service for its metrics: the labels of each series by its name."""
    with serve(trained_once("iris", tmp_path_factory)) as service:
        assert service.ask("POST", "/api/predictions", [IRIS_ROW]).status == 200
        end, text = time.monotonic() + 20, ""
        while "hookline_predlog_sink_up{" not in text and time.monotonic() < end:  # the shipper starts aside
            time.sleep(0.1)
            text = service.ask("GET", "/metrics").body.decode()
    return {sample.name: set(sample.labels) for family in metrics_of(text) for sample in family.samples}


def test_a_running_service_exports_every_metric_and_label_that_is_asked_for(
    exported: dict[str, set[str]],
) -> None:
    found = list(expressions())
    assert len(found) > 30
    assert [missing for expression in found for missing in unknown(expression, exported)] == []


@pytest.mark.parametrize(
    ("expression", "missing"),
    [
        ("sum(rate(hookline_request_total[5m]))", ["hookline_request_total"]),
        ('hookline_requests_total{code="200", job="a"}', ["hookline_requests_total{code}"]),
        ('hookline_requests_total{status=~"5.."}', []),
    ],
)
def test_a_metric_that_no_service_has_is_found(
    exported: dict[str, set[str]], expression: str, missing: list[str]
) -> None:
    assert unknown(expression, exported) == missing


def test_the_dashboard_shows_every_metric_of_the_table() -> None:
    shown = json.dumps(panels())
    assert [metric.name for metric in METRICS if metric.name not in shown] == []


def test_the_autoscaler_asks_for_a_metric_that_the_service_has(exported: dict[str, set[str]]) -> None:
    text = (ROOT / "helm" / "templates" / "horizontalpodautoscaler.yaml").read_text(encoding="utf-8")
    names = re.findall(r"name: (hookline_\w+)", text)
    assert names == [IN_FLIGHT.name]
    assert set(names) <= set(exported)


def test_a_query_for_a_label_that_the_metric_does_not_have_cannot_be_written() -> None:
    for wrong in (
        lambda: Series(REQUESTS).where(code="200"),
        lambda: Series(MODEL).total("path"),
        lambda: Series(BATCH).quantile(0.5, "path"),
    ):
        with pytest.raises(ValueError, match="has no label"):
            wrong()


def test_queries_are_written_as_prometheus_reads_them() -> None:
    failed = Series(REQUESTS).where(status="~5..", path="!~/docs")
    assert failed.total("job") == (
        'sum by (job) (rate(hookline_requests_total{status=~"5..", path!~"/docs"}[5m]))'
    )
    assert Series(IN_FLIGHT).total() == "sum(hookline_in_flight)"
    assert Series(BATCH).mean() == (
        "sum(rate(hookline_batch_rows_sum[5m])) / sum(rate(hookline_batch_rows_count[5m]))"
    )


def test_panels_stand_side_by_side_and_cover_each_other_nowhere() -> None:
    covered: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}
        assert columns.stop <= 24
        assert not cells & covered, panel["title"]
        covered |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_every_panel_asks_the_chosen_source_job_and_instance() -> None:
    for panel in panels():
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${datasource}"
            selectors = [matchers for _, matchers in SELECTED.findall(target["expr"])]
            assert all('job=~"$job", instance=~"$instance"' in found for found in selectors), target["expr"]


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    found = [alert for group in alerts(Settings()).values() for alert in group]
    assert len({alert.name for alert in found}) == len(found)
    for alert in found:
        assert len(alert.summary) > 20
        assert alert.remedy.endswith((".", "?"))


def test_limits_follow_the_settings() -> None:
    settings = Settings(service=Service(max_in_flight=10), prediction_log=PredictionLog(max_bytes=10_000_000))
    found = {alert.name: alert.expression for group in alerts(settings).values() for alert in group}
    assert found["HooklineNearlyFull"] == "hookline_in_flight > 0.8 * 10 * hookline_workers"
    assert found["HooklineJournalFilling"] == "hookline_predlog_journal_bytes > 8000000"


def test_the_operators_rules_are_those_of_prometheus() -> None:
    files = rendered(Settings())
    plain, operated = (yaml.safe_load(files[name]) for name in ("alerts.yaml", "prometheus-rule.yaml"))
    assert operated["spec"] == plain
    assert operated["metadata"]["name"] == Settings().deployment.deployment_name


def test_the_command_writes_what_the_settings_say(hookline: Any, tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", config="service:\n  max_in_flight: 7\n")
    done = hookline("monitoring", "export", "-C", root)
    assert done.code == 0
    names = ["grafana-dashboard.json", "alerts.yaml", "prometheus-rule.yaml"]
    assert done.said == "".join(f"wrote {root.resolve() / 'monitoring' / name}\n" for name in names)
    assert "0.8 * 7 * hookline_workers" in (root / "monitoring" / "alerts.yaml").read_text()
