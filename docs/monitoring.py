"""Write the dashboard and the rules of alert of this project."""

from __future__ import annotations

from pathlib import Path

from hookline.config import load_settings
from hookline.monitoring import alerts, rendered

__all__ = ["alert_rules", "alerts_reference", "grafana_dashboard", "operator_rules"]

_ROOT = Path(__file__).resolve().parent.parent


def alerts_reference() -> str:
    """Return the table of the rules."""
    rows = [
        f"| `{alert.name}` | {alert.severity} | {alert.lasts} | {alert.remedy} |"
        for group in alerts(load_settings(_ROOT, {})).values()
        for alert in group
    ]
    return "\n".join(["| alert | severity | lasts | what to do |", "|---|---|---|---|", *rows])


def alert_rules() -> str:
    """Return monitoring/alerts.yaml."""
    return _file("alerts.yaml")


def grafana_dashboard() -> str:
    """Return monitoring/grafana-dashboard.json."""
    return _file("grafana-dashboard.json")


def operator_rules() -> str:
    """Return monitoring/prometheus-rule.yaml."""
    return _file("prometheus-rule.yaml")


def _file(name: str) -> str:
    return rendered(load_settings(_ROOT, {}))[name]
