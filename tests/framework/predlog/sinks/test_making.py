"""Sinks are made from config.yaml, one line each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hookline.config import load_settings
from hookline.predlog.sinks import make_sinks


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def names(root: Path, config: str) -> list[str]:
    (root / "config.yaml").write_text(config)
    sinks = make_sinks(load_settings(root, {}), root)
    found = [sink.name for sink in sinks]
    for sink in sinks:
        sink.close()
    return found


def test_the_embedded_database_is_the_default(root: Path) -> None:
    assert names(root, "") == ["sqlite"]


def test_a_line_each_switches_the_others_on_and_the_default_off(root: Path) -> None:
    lines = "prediction_log:\n  enable_fluentd_logging: true\n  enable_mongodb_logging: true\n"
    assert names(root, lines) == ["sqlite", "fluentd", "mongodb"]
    assert names(root, lines + "  embedded: false\n") == ["fluentd", "mongodb"]


def test_no_sink_brings_a_web_framework_or_a_model_along(root: Path) -> None:
    """The shipper is small; what it imports is started again after every crash."""
    script = """
import sys
import hookline.predlog.sinks.fluentd.sink, hookline.predlog.sinks.mongodb.sink
heavy = {"numpy", "pandas", "sklearn", "onnxruntime", "fastapi", "starlette", "uvicorn"} & set(sys.modules)
sys.exit(", ".join(sorted(heavy)))
"""
    found = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert found.stderr.strip() == ""
