"""The scripts for clusters with the real helm and kubectl, on a STAND-IN for the API server (apiserver.py).

The engine that builds and pushes is a stub, and what answers the request stands in for the service: what is
tried here is what the scripts say to Kubernetes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chain.apiserver import StandIn
from tests.chain.running import program_of
from tests.framework.getting_started.answering import Answering
from tests.framework.getting_started.conftest import service
from tests.framework.getting_started.stubs import ROOT, Desk

__all__ = ["service"]

CONFIG = """\
images: {{registry: registry.example.com}}
deployment:
  deployment_name: iris
  service_type: LoadBalancer
  service_port: {port}
"""
SCALED = """\
  autoscaling: true
prediction_log:
  enable_fluentd_logging: true
  fluentd_url: fluentd.logging.svc
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def broken() -> set[str]:
    """Be the images whose pods never get ready."""
    return set()


@pytest.fixture
def api(broken: set[str]) -> Iterator[StandIn]:
    with StandIn(lambda image: image not in broken) as api:
        yield api
        # Of kinds that the chart has nothing of, and that are asked for all the same.
        assert [path for path in api.unknown if "openapi" not in path] == []


@pytest.fixture
def desk(tmp_path: Path, service: Answering) -> Desk:
    desk = Desk(tmp_path)
    desk.configure(CONFIG.format(port=service.server_port))
    (desk.root / "helm").symlink_to(ROOT / "helm")
    for name in ("helm", "kubectl"):
        desk.link(name, program_of(name))
    return desk


@pytest.fixture
def run(desk: Desk, api: StandIn, tmp_path: Path) -> Run:
    """Run a script on the cluster that is kubectl's current context."""
    kubeconfig = str(api.kubeconfig(tmp_path / "kubeconfig"))

    def script(name: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return desk.run(name, KUBECONFIG=kubeconfig, NAMESPACE="models", TIMEOUT="6s", EVERY="0.2", **environ)

    return script


def names(api: StandIn) -> set[str]:
    return {
        kind for kind, _ in api.objects if kind not in ("namespaces", "secrets", "persistentvolumeclaims")
    }


def test_a_release_comes_answers_is_replaced_and_goes_again(
    run: Run, api: StandIn, desk: Desk, service: Answering
) -> None:
    for tag in ("1", "2"):
        done = run("run_kubernetes.sh", TAG=tag, API_KEY="dummy")
        assert done.returncode == 0, done.stdout + done.stderr
        image = f"registry.example.com/hookline/hookline-service:{tag}"
        assert api.image() == image
        assert f"docker push {image}" in desk.calls
        assert f"address   http://127.0.0.1:{service.server_port}/docs" in done.stdout
    body = (desk.root / "tests" / "prediction_test_case.json").read_bytes()
    assert service.heard == 2 * [("/api/predictions", "dummy", body)]
    assert ("namespaces", "models") in api.objects
    claim = {"metadata": {"name": "state-iris-0", "labels": {"app.kubernetes.io/instance": "iris"}}}
    api.objects["persistentvolumeclaims", "state-iris-0"] = claim
    for left in range(2):  # the second time there is nothing to be removed
        done = run("stop_kubernetes.sh")
        assert done.returncode == 0, (left, done.stderr)
        assert "kubectl delete --namespace models persistentvolumeclaim/state-iris-0" in done.stdout
        assert names(api) == set()


def test_a_release_that_never_gets_ready_is_an_error(run: Run, broken: set[str], service: Answering) -> None:
    broken.add("registry.example.com/hookline/hookline-service:1")
    done = run("run_kubernetes.sh", TAG="1")
    assert done.returncode == 1
    assert "error: the release is not ready; see: kubectl describe pods --namespace models" in done.stderr
    assert service.heard == []


def test_the_load_test_sees_the_pod_that_is_added_and_takes_its_callers_away(
    run: Run, api: StandIn, desk: Desk, service: Answering
) -> None:
    done = run("load_test.sh")
    assert (done.returncode, "has no autoscaler in namespace models" in done.stderr) == (1, True)
    desk.configure(CONFIG.format(port=service.server_port) + SCALED)
    assert run("run_kubernetes.sh", TAG="1").returncode == 0
    before, changes = names(api), len(api.changes)
    done = run("load_test.sh", API_KEY="dummy", CALLERS="3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("pods      2; 3 callers send tests/prediction_test_case.json\n")
    assert "3 ready, CPU unknown of 70 %" in done.stdout
    assert "pods      2 before, 3 after" in done.stdout
    assert {change for change in api.changes[changes:] if change.startswith("POST")} == {
        "POST secrets/",
        "POST configmaps/",
        "POST jobs/",
    }
    assert names(api) == before
    assert not [name for kind, name in api.objects if kind == "secrets" and name == "iris-load"]


def test_a_real_kubectl_refuses_what_a_stub_would_take(run: Run, desk: Desk, api: StandIn) -> None:
    file = desk.root / "getting-started" / "load_test.sh"
    file.write_text(file.read_text().replace("--dry-run=client", "--dry-run=clint"))
    desk.configure(CONFIG.format(port=80) + SCALED)
    words = ["helm", "upgrade", "--install", "iris", "helm", "-f", "config.yaml", "--namespace", "models"]
    environ = {**os.environ, "KUBECONFIG": str(desk.root.parent / "kubeconfig")}
    subprocess.run(
        [program_of("helm"), *words[1:]], cwd=desk.root, env=environ, check=True, capture_output=True
    )
    done = run("load_test.sh")
    assert done.returncode != 0
    assert "Invalid dry-run value (clint)" in done.stderr
