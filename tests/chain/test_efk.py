"""What `start_efk.sh` starts and sends, as far as real programs can be had: compose and Elasticsearch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookline.config import load_settings
from hookline.contract import parse_contract_text
from hookline.predlog.flat import flat
from hookline.predlog.kibana import write_files
from hookline.predlog.record import id_of
from tests.chain import elasticsearch
from tests.chain.elasticsearch import Elasticsearch
from tests.chain.records import odd_predictions
from tests.chain.running import program_of
from tests.chain.test_otel import ODD
from tests.framework.getting_started.test_efk import EFK, Heard


@pytest.fixture
def kibana() -> Iterator[Heard]:
    """Only listen, and say that all is well, for Kibana itself cannot be had."""
    with Heard() as server:
        yield server
        server.shutdown()


@pytest.fixture
def server() -> Iterator[Elasticsearch]:
    with elasticsearch.serving() as server:
        yield server


def test_compose_takes_the_file_that_starts_all_three(tmp_path: Path) -> None:
    copy = shutil.copytree(EFK, tmp_path / "efk") / "compose.yaml"
    # Debian's compose is older than the word for the project's name, which `docker compose` knows.
    copy.write_text(copy.read_text().replace("name: hookline-efk\n", ""))
    words: list[str | Path] = [program_of("docker-compose"), "--file", copy, "config", "--services"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.split()) == ["elasticsearch", "fluentd", "kibana", "setup"]


def test_the_setup_job_gives_a_real_elasticsearch_the_contracts_types(
    server: Elasticsearch, kibana: Heard, tmp_path: Path
) -> None:
    shutil.copy(EFK / "setup.sh", tmp_path)
    write_files(tmp_path / "kibana", parse_contract_text(ODD), load_settings(tmp_path, {}))
    environ = {
        **os.environ,
        "NO_PROXY": "127.0.0.1",
        "ELASTICSEARCH": server.address,
        "KIBANA": f"http://127.0.0.1:{kibana.server_address[1]}",
    }
    for _ in range(2):  # again after the contract changed
        done = subprocess.run(
            ["sh", tmp_path / "setup.sh"], env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert '{"acknowledged":true}' in done.stdout
    server.index("fluentd-20261121", [(id_of(one), flat(one)) for one in odd_predictions()])
    declared = json.loads((tmp_path / "kibana" / "index-template.json").read_text())["template"]["mappings"]
    held = server.ask("GET", "fluentd-20261121/_mapping")["fluentd-20261121"]["mappings"]
    for name in ("size", "plan", "whole", "open", "at", "prediction_id", "class_1", "proba_1"):
        assert held["properties"][name]["type"] == declared["properties"][name]["type"], name
    sent = [body for _, path, body in kibana.requests if "_import" in path]
    assert len(sent) == 2
    assert (tmp_path / "kibana" / "saved-objects.ndjson").read_bytes() in sent[0]
