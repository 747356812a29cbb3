"""What Grafana and Prometheus need to know of the service's metrics: a dashboard, and rules of alert."""

from __future__ import annotations

from hookline.monitoring.alerts import alerts, rule_groups
from hookline.monitoring.dashboard import dashboard
from hookline.monitoring.files import rendered, write_files

__all__ = ["alerts", "dashboard", "rendered", "rule_groups", "write_files"]
