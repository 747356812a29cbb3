"""Sinks are made from config.yaml, one line each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hookline.config import load_settings
from hookline.predlog.sinks import make_sinks
from hookline.predlog.sinks.fluentd.sink import FluentdSink
from hookline.predlog.sinks.fluentd.target import Target as Fluentd
from hookline.predlog.sinks.mongodb.sink import MongodbSink
from hookline.predlog.sinks.mongodb.target import Target as Mongodb
from hookline.predlog.sinks.sqlite.sink import SqliteSink


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


EVERY_SETTING = """\
prediction_log:
  keep_days: 2.5
  keep_bytes: 5000000
  timezone: Europe/Berlin
  enable_fluentd_logging: true
  fluentd_url: logs.example.com
  fluentd_port: 24225
  fluentd_base_log_name: churn
  fluentd_tls: true
  fluentd_ca_file: ca.pem
  enable_mongodb_logging: true
  mongo_db_url: mongodb://user@db.example.com/?tls=true&authSource=admin
  mongo_db_port: 27018
  mongo_db_name: models
  mongodb_logging_collection_name: answers
"""


def test_every_setting_comes_to_its_sink(root: Path) -> None:
    (root / "config.yaml").write_text(EVERY_SETTING)
    secrets = {
        "HOOKLINE_PREDICTION_LOG__FLUENTD_SHARED_KEY": "k",
        "HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD": "p",
    }
    sqlite, fluentd, mongodb = make_sinks(load_settings(root, secrets), root)
    assert isinstance(sqlite, SqliteSink)
    assert (sqlite._retention._keep_days, sqlite._retention._keep_bytes) == (2.5, 5_000_000)
    assert isinstance(fluentd, FluentdSink)
    assert fluentd._target == Fluentd("logs.example.com", 24225, tls=True, ca_file="ca.pem", shared_key="k")
    assert isinstance(mongodb, MongodbSink)
    address = "mongodb://user@db.example.com/?tls=true&authSource=admin"
    assert mongodb._target == Mongodb(address, 27018, "models", "answers", "p", "Europe/Berlin")
    with mongodb._target.client() as client:
        credentials = client.options.pool_options._credentials
        assert credentials is not None
        assert (credentials.username, credentials.password, credentials.source) == ("user", "p", "admin")
        assert client.options.pool_options._ssl_context is not None
    for sink in (sqlite, fluentd, mongodb):
        sink.close()


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
