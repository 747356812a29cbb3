"""The files for Grafana and Prometheus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hookline.config import Settings
from hookline.monitoring.alerts import rule_groups
from hookline.monitoring.dashboard import dashboard

__all__ = ["rendered", "write_files"]

_HEAD = "# Managed by hookline: written by `hookline monitoring export` from config.yaml.\n"


def write_files(folder: Path, settings: Settings) -> list[Path]:
    """Write dashboard and rules into `folder`; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in rendered(settings).items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def rendered(settings: Settings) -> Mapping[str, str]:
    """Return the files by name: the dashboard, the rules for Prometheus, the rules for its operator."""
    rules = rule_groups(settings)
    operated = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": settings.deployment.deployment_name},
        "spec": rules,
    }
    return {
        "grafana-dashboard.json": json.dumps(dashboard(settings), indent=2) + "\n",
        "alerts.yaml": _HEAD + _yaml(rules),
        "prometheus-rule.yaml": _HEAD + _yaml(operated),
    }


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)
