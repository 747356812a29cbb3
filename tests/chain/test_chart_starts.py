"""What the chart renders really starts: its pods run in a container engine, and answer their probes."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from hookline.service.keys import new_key
from tests.chain.chart import VALUE_SETS, Rendered, Values, load_test_job, render
from tests.chain.engine import engine_or_skip
from tests.chain.images import build, copy_checkout
from tests.chain.pod import Pod, docker_options
from tests.framework.service.projects import trained_once
from tests.house import ROOT

IMAGES = {"repository": "hookline", "production_image_name": "chart", "production_image_tag": "chain"}
ROWS = (ROOT / "tests" / "prediction_test_case.json").read_bytes()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the image of this repository's project once; return the client of the engine that has it."""
    found = engine_or_skip()
    project = copy_checkout(tmp_path_factory.mktemp("chart") / "checkout")
    shutil.copytree(
        trained_once("iris", tmp_path_factory) / "model_bin", project / "model_bin", dirs_exist_ok=True
    )
    assert build(project, found, "production", "hookline/chart").image == "hookline/chart:chain"
    return found


@pytest.fixture
def network(engine: str) -> Iterator[str]:
    """Make a network whose containers find each other by name, as pods find services."""
    name = f"hookline-chart-{time.time_ns()}"
    subprocess.run([engine, "network", "create", name], check=True, capture_output=True)
    yield name
    subprocess.run([engine, "network", "rm", name], check=True, capture_output=True)


def rendered(folder: Path, values: Values) -> Rendered:
    return render(folder, {**values, "images": IMAGES})


def start(
    engine: str, folder: Path, found: Rendered, *options: str, secrets: dict[str, str] | None = None
) -> Pod:
    spec = found.workload()["spec"]["template"]["spec"]
    config = found.one("ConfigMap")["data"]
    return Pod(engine, spec, [*options, *docker_options(spec, config, secrets or {}, folder)])


def test_a_pod_starts_answers_its_probes_predicts_and_stops_in_time(engine: str, tmp_path: Path) -> None:
    found = rendered(tmp_path, {"service": {"max_rows": 3, "drain_delay": 2}})
    spec = found.workload()["spec"]["template"]["spec"]
    with start(engine, tmp_path, found) as pod:
        assert pod.wait_started() < 60
        assert (pod.probe("liveness"), pod.probe("readiness")) == (True, True)
        status, body = pod.ask("POST", "/api/predictions", ROWS)
        assert status == 200, body
        ids = {row["prediction_id"] for row in json.loads(body)}
        assert pod.ask("POST", "/api/predictions", json.dumps([{}] * 4).encode())[0] == 422, "max_rows is 3"
        assert "at most 3" in pod.ask("POST", "/api/predictions", json.dumps([{}] * 4).encode())[1].decode()
        stopping = time.monotonic()
        assert pod.run_pre_stop() >= 2
        assert pod.probe("readiness"), "it serves on until it is told to stop"
        pod.terminate()
        time.sleep(0.7)
        assert (pod.probe("liveness"), pod.probe("readiness")) == (True, False)
        assert pod.wait() == 0, pod.logs()
        assert time.monotonic() - stopping < spec["terminationGracePeriodSeconds"] - 5
    with closing(sqlite3.connect(tmp_path / "state" / "predictions.db")) as database:
        kept = {row[0] for row in database.execute("SELECT prediction_id FROM prediction")}
    assert ids <= kept, "the volume holds what was answered"


def test_a_pod_may_write_nowhere_but_into_its_volumes(engine: str, tmp_path: Path) -> None:
    with start(engine, tmp_path, rendered(tmp_path, {})) as pod:
        pod.wait_started()
        assert pod.inside("id", "-u").strip() == "10001"
        script = (
            "for d in / /app /etc /opt/hookline /run /home; do touch $d/x 2>/dev/null && echo $d; done; true"
        )
        assert pod.inside("sh", "-c", script) == ""
        pod.inside("touch", "/tmp/x", "/var/lib/hookline/x")  # noqa: S108 - in the container
        status = pod.inside("cat", "/proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_secrets_reach_the_service_and_a_sink_that_is_away_keeps_nobody_out(
    engine: str, tmp_path: Path
) -> None:
    key, line = new_key("shop", ["predict"])
    values = {name: dict(group) for name, group in VALUE_SETS["secrets and a private registry"].items()}
    del values["images"]
    values["access"]["protect_metrics"] = False
    values["prediction_log"]["fluentd_ca_file"] = ""
    values["prediction_log"]["fluentd_tls"] = False
    values["deployment"] |= {"service_monitor": False, "secret_keys": ["mongo_db_password", "keys_file"]}
    secrets = {"mongo_db_password": "obviously-a-dummy", "keys_file": f"{line}\n"}
    with start(engine, tmp_path, rendered(tmp_path, values), secrets=secrets) as pod:
        pod.wait_started()
        assert pod.probe("readiness")
        assert pod.ask("POST", "/api/predictions", ROWS)[0] == 401
        assert "obviously-a-dummy" not in pod.inside("cat", "/proc/1/environ")
        logs = pod.logs()
    assert "obviously-a-dummy" not in logs
    assert key not in logs


def test_a_pod_without_a_model_never_gets_requests(engine: str, tmp_path: Path) -> None:
    nowhere = ("--env", "HOOKLINE_MODELS__DIRECTORY=/app/none")
    with start(engine, tmp_path, rendered(tmp_path, {}), *nowhere) as pod:
        for _ in range(6):
            time.sleep(1)
            assert (pod.probe("startup"), pod.probe("readiness")) == (False, False)


@pytest.mark.parametrize("docs", [True, False], ids=["with its documentation", "without"])
def test_helm_test_asks_the_service_by_its_name(
    engine: str, tmp_path: Path, network: str, docs: bool
) -> None:
    found = rendered(tmp_path, {"service": {"docs": docs}, "deployment": {"service_port": 5000}})
    (asking,) = (each["spec"] for each in found.objects if each["kind"] == "Pod")
    options = docker_options(asking, {}, {}, tmp_path)
    with start(engine, tmp_path, found, "--network", network, "--network-alias", "iris") as pod:
        pod.wait_started()
        with Pod(engine, asking, ["--network", network, *options]) as test_pod:
            assert test_pod.wait() == 0, test_pod.logs()
            said = test_pod.logs()
    assert said.startswith("ready; ")
    assert ("prediction_id" in said) is docs


def test_helm_test_fails_if_the_service_is_not_there(engine: str, tmp_path: Path, network: str) -> None:
    (asking,) = (each["spec"] for each in rendered(tmp_path, {}).objects if each["kind"] == "Pod")
    with Pod(engine, asking, ["--network", network, *docker_options(asking, {}, {}, tmp_path)]) as pod:
        assert pod.wait() == 1
        assert "does not answer" in pod.logs()


def test_the_callers_of_the_load_test_are_answered(engine: str, tmp_path: Path, network: str) -> None:
    found = rendered(tmp_path, {})
    image = found.workload()["spec"]["template"]["spec"]["containers"][0]["image"]
    calling = yaml.safe_load(load_test_job(image))["spec"]["template"]["spec"]
    files = {"load.py": (ROOT / "getting-started" / "load.py").read_text(), "request.json": ROWS.decode()}
    options = docker_options(calling, files, {}, tmp_path)
    with start(engine, tmp_path, found, "--network", network, "--network-alias", "iris") as pod:
        pod.wait_started()
        with Pod(engine, calling, ["--network", network, *options]) as callers:
            time.sleep(6.5)
            said = callers.logs()
    assert re.match(r"200: [1-9]\d*/s\n", said), said


def test_a_field_that_is_not_translated_is_an_error(tmp_path: Path) -> None:
    spec: dict[str, Any] = rendered(tmp_path, {}).workload()["spec"]["template"]["spec"]
    with pytest.raises(AssertionError, match="hostNetwork"):
        docker_options({**spec, "hostNetwork": True}, {}, {}, tmp_path)
    spec["containers"][0]["tty"] = True
    with pytest.raises(AssertionError, match="tty"):
        docker_options(spec, {}, {}, tmp_path)
