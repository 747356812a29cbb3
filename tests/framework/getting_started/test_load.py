"""load_test.sh and its callers, with stubs for kubectl and helm; tests/chain has the real ones."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.framework.getting_started.answering import Answering
from tests.framework.getting_started.stubs import ROOT, Desk

SCALED = {
    "*minReplicas*": "printf 2",
    "*maxReplicas*": "printf 6",
    "*horizontalpodautoscaler*metadata.name*": "printf iris",
    "*scaleTargetRef.kind*": "printf Deployment",
    "*containers*image*": "printf registry.example.com/hookline/hookline-service:7",
    "*ports*port*": "printf 5000",
    "*currentMetrics*": "printf 140",
    "*averageUtilization*": "printf 70",
    "*create configmap*": "echo 'kind: ConfigMap'",
    "*apply*": "cat >> applied.yaml; echo --- >> applied.yaml",
    "*logs*": "echo '[pod/iris-load] 200: 850/s'",
}


def test_the_load_test_calls_from_within_until_a_pod_is_added_and_cleans_up(desk: Desk) -> None:
    growing = "echo >> asked; [ $(grep -c '' asked) -lt 3 ] && printf 2 || printf 3"
    desk.stub("kubectl", {"*readyReplicas*": growing, **SCALED})
    desk.stub("helm", {})
    done = desk.run("load_test.sh", "context", EVERY="0.1", CALLERS="3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pods      2; 3 callers send tests/prediction_test_case.json\n")
    assert "2 ready, CPU 140 of 70 %" in done.stdout
    assert "200: 850/s" in done.stdout
    assert "pods      2 before, 3 after" in done.stdout
    assert [call.split()[3:6] for call in desk.calls[-2:]] == [
        ["delete", "job", "iris-load"],
        ["delete", "configmap", "iris-load"],
    ]
    _, job, _ = yaml.safe_load_all((desk.root / "applied.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    assert job["spec"]["parallelism"] == 3
    assert pod["containers"][0]["image"] == "registry.example.com/hookline/hookline-service:7"
    assert pod["containers"][0]["command"][2] == "http://iris:5000"


def test_pods_that_come_without_load_are_not_taken_for_added_ones(desk: Desk) -> None:
    desk.stub("kubectl", {"*readyReplicas*": "echo >> asked; grep -c '' asked", **SCALED})
    desk.stub("helm", {})
    done = desk.run("load_test.sh", "context", EVERY="0.1")
    assert done.returncode == 0, done.stderr
    assert [line.split(": ")[1][:7] for line in done.stdout.splitlines() if line.startswith("after")] == [
        "2 ready",
        "3 ready",
    ]
    assert "pods      1 before, 3 after" in done.stdout


def test_the_load_test_begins_with_nothing_where_no_pod_may_be_added(desk: Desk) -> None:
    desk.stub("kubectl", {"*readyReplicas*": "printf 6", **SCALED})
    desk.stub("helm", {})
    done = desk.run("load_test.sh", "context")
    assert (done.returncode, done.stdout) == (1, "")
    assert "can add no pod: 6 are ready, 2 come without load, and more than 6 are not allowed" in done.stderr
    assert not [call for call in desk.calls if "apply" in call]


@pytest.mark.slow
def test_the_load_test_says_when_nothing_is_added(desk: Desk) -> None:
    desk.stub("kubectl", {"*readyReplicas*": "printf 2", **SCALED})
    desk.stub("helm", {})
    done = desk.run("load_test.sh", "context", EVERY="0.1", SECONDS_AT_MOST="0")
    assert done.returncode == 1
    callers, error = done.stderr.splitlines()
    assert callers == "[pod/iris-load] 200: 850/s"
    assert re.match(r"error: no pod was added in \d+ s; the callers' last lines are above", error)
    assert desk.calls[-1].endswith("delete configmap iris-load --ignore-not-found")


@pytest.mark.slow
def test_the_callers_get_the_key_of_the_service_in_a_secret_that_goes_with_them(desk: Desk) -> None:
    kept = "cat > key; echo 'kind: Secret'"
    desk.stub("kubectl", {"*readyReplicas*": "printf 2", "*create secret*": kept, **SCALED})
    desk.stub("helm", {})
    desk.run("load_test.sh", "context", EVERY="0.1", SECONDS_AT_MOST="0", API_KEY="dummy-key")
    assert (desk.root / "key").read_text() == "dummy-key"
    assert not [call for call in desk.calls if "dummy-key" in call], "everybody sees the words of a command"
    assert desk.calls[-1].endswith("delete secret iris-load --ignore-not-found")
    _, _, job, _ = yaml.safe_load_all((desk.root / "applied.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    (variable,) = pod["containers"][0]["env"]
    assert variable == {"name": "API_KEY_FILE", "value": "/key/key"}
    assert {"name": "key", "mountPath": "/key", "readOnly": True} in pod["containers"][0]["volumeMounts"]
    (secret,) = (volume["secret"] for volume in pod["volumes"] if volume["name"] == "key")
    assert (secret["secretName"], secret["optional"]) == ("iris-load", True)
    assert secret["items"] == [{"key": "key", "path": "key"}]


@pytest.mark.slow
def test_the_secret_goes_even_where_the_job_cannot_be_deleted(desk: Desk) -> None:
    desk.stub("kubectl", {"*readyReplicas*": "printf 2", "*delete job*": "exit 1", **SCALED})
    desk.stub("helm", {})
    done = desk.run("load_test.sh", "context", EVERY="0.1", SECONDS_AT_MOST="0", API_KEY="dummy-key")
    assert done.returncode == 1
    assert desk.calls[-1].endswith("delete secret iris-load --ignore-not-found")


@pytest.mark.slow
def test_the_load_test_needs_an_autoscaler(desk: Desk) -> None:
    desk.stub("kubectl", {"*horizontalpodautoscaler*": "exit 1"})
    desk.stub("helm", {})
    done = desk.run("load_test.sh", "context")
    assert done.returncode == 1
    assert (
        "has no autoscaler in namespace default; set deployment.autoscaling to true in config.yaml"
        in done.stderr
    )


@pytest.mark.parametrize("given", [{"API_KEY": "dummy"}, {"API_KEY_FILE": "key"}], ids=["key", "file"])
def test_the_callers_send_and_count(service: Answering, tmp_path: Path, given: dict[str, str]) -> None:
    (tmp_path / "key").write_text("dummy\n")
    (tmp_path / "request.json").write_text("[]")
    code = (ROOT / "getting-started" / "load.py").read_text().replace("EVERY = 5.0", "EVERY = 0.5")
    (tmp_path / "load.py").write_text(code)
    words = ["python3", "load.py", f"http://127.0.0.1:{service.server_port}", "request.json"]
    environ = {**os.environ, **given}
    with subprocess.Popen(words, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True) as callers:
        assert callers.stdout is not None
        line = callers.stdout.readline()
        callers.kill()
    assert line.startswith("200: ")
    assert service.heard[0] == ("/api/predictions", "dummy", b"[]")


def test_the_callers_of_the_load_test_are_let_through_by_the_network_policy() -> None:
    text = (ROOT / "getting-started" / "load.yaml").read_text()
    labels = {"app.kubernetes.io/name: hookline-test", 'app.kubernetes.io/instance: "@release@"'}
    assert all(label in text for label in labels)
    names = (ROOT / "helm" / "templates" / "_names.tpl").read_text()
    assert "app.kubernetes.io/name: {{ .Chart.Name }}-test" in names
