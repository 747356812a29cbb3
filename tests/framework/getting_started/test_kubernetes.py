"""The scripts for clusters, with stubs for docker, kubectl, helm, minikube and microk8s: what they call.

No cluster runs here. What the stubs answer is what the real programs say, as their manuals have it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.framework.getting_started.stubs import ROOT, Desk

SCRIPTS = ("run_kubernetes.sh", "stop_kubernetes.sh", "load_test.sh", "dashboard.sh")
CONFIG = "images:\n  registry: registry.example.com\ndeployment:\n  deployment_name: iris\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.configure(CONFIG)
    return desk


class Answering(ThreadingHTTPServer):
    """Stand for the service: note what was posted."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Service)
        self.status = status
        self.heard: list[tuple[str, str | None, bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Service(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["X-API-Key"], body))
        answer = b'[{"prediction_id":"1","class_name":"setosa"}]'
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep the test's output quiet."""


@pytest.fixture
def service() -> Iterator[Answering]:
    server = Answering()
    yield server
    server.shutdown()
    server.server_close()


def forwarding(server: Answering) -> dict[str, str]:
    """Answer as kubectl does when it brings a service here."""
    line = f"Forwarding from 127.0.0.1:{server.server_port} -> 5000"
    return {"*port-forward*": f'echo "{line}"; exec sleep 60', "*ports*port*": "printf 5000"}


# ---- run_kubernetes.sh ----


def test_minikube_gets_the_image_the_release_and_a_request(desk: Desk, service: Answering) -> None:
    desk.stub("minikube", {})
    desk.stub("helm", {})
    desk.stub("kubectl", {"*current-context*": "echo minikube", **forwarding(service)})
    done = desk.run("run_kubernetes.sh", TAG="7")
    assert done.returncode == 0, done.stdout + done.stderr
    image = "registry.example.com/hookline/hookline-service:7"
    changes = (
        "--set-string images.production_image_tag=7 --set-string deployment.image_pull_policy=IfNotPresent"
    )
    place = "--namespace default --create-namespace"
    steps = [
        call for call in desk.calls if not call.startswith(("kubectl get", "kubectl port", "docker info"))
    ]
    assert steps == [
        "kubectl config current-context",
        "minikube status",
        "build.sh  7",
        f"minikube image load {image}",
        f"helm upgrade --install iris helm --values config.yaml {changes} {place} --wait --timeout 5m",
    ]
    body = (desk.root / "tests" / "prediction_test_case.json").read_bytes()
    assert service.heard == [("/api/predictions", None, body)]
    assert '"class_name":"setosa"' in done.stdout
    assert "kubectl port-forward --namespace default service/iris 5000:5000" in done.stdout


@pytest.mark.slow
def test_microk8s_takes_the_image_from_the_engine_and_brings_its_own_helm(
    desk: Desk, service: Answering
) -> None:
    desk.configure(CONFIG + "  service_type: NodePort\n")
    node_port = {"*spec.type*": "printf NodePort", "*nodePort*": f"printf {service.server_port}"}
    desk.stub("microk8s", node_port)
    done = desk.run("run_kubernetes.sh", TAG="7", NAMESPACE="models", API_KEY="dummy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "docker save registry.example.com/hookline/hookline-service:7" in desk.calls
    assert "microk8s ctr image import -" in desk.calls
    (upgrade,) = (call for call in desk.calls if call.startswith("microk8s helm upgrade --install iris helm"))
    assert "--namespace models" in upgrade
    assert f"address   http://127.0.0.1:{service.server_port}/docs" in done.stdout
    assert [key for _, key, _ in service.heard] == ["dummy"]


def test_the_key_is_sent_and_is_no_word_of_a_command(desk: Desk, service: Answering) -> None:
    desk.unstub("curl")
    desk.stub("curl", {"*": f'exec {shutil.which("curl")} "$@"'})
    desk.stub("minikube", {})
    desk.stub("helm", {})
    desk.stub("kubectl", forwarding(service))
    done = desk.run("run_kubernetes.sh", "minikube", API_KEY="dummy-key")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [key for _, key, _ in service.heard] == ["dummy-key"]
    assert [call for call in desk.calls if call.startswith("curl ")]
    assert not [call for call in desk.calls if "dummy-key" in call], "everybody sees the words of a command"


def test_any_other_cluster_fetches_the_image_from_the_registry(desk: Desk, service: Answering) -> None:
    desk.configure(CONFIG + "  service_type: LoadBalancer\n  image_pull_policy: Always\n")
    balancer = {
        "*current-context*": "echo gke_shop_europe",
        "*spec.type*": "printf LoadBalancer",
        "*loadBalancer*": "printf 127.0.0.1",
        "*ports*port*": f"printf {service.server_port}",
    }
    desk.stub("kubectl", balancer)
    desk.stub("helm", {})
    done = desk.run("run_kubernetes.sh", TAG="7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "docker push registry.example.com/hookline/hookline-service:7" in desk.calls
    (upgrade,) = (call for call in desk.calls if call.startswith("helm upgrade"))
    assert "deployment.image_pull_policy=Always" in upgrade
    assert f"address   http://127.0.0.1:{service.server_port}/docs" in done.stdout


@pytest.mark.slow
def test_every_run_has_a_tag_of_its_own(desk: Desk, service: Answering) -> None:
    desk.stub("minikube", {})
    desk.stub("helm", {})
    desk.stub("kubectl", forwarding(service))
    assert desk.run("run_kubernetes.sh", "minikube").returncode == 0
    (build,) = (call for call in desk.calls if call.startswith("build.sh"))
    assert len(build.split()[-1]) == len("20260131t120000")


def test_a_release_that_does_not_become_ready_is_an_error_that_shows_its_pods(desk: Desk) -> None:
    desk.stub("minikube", {})
    desk.stub("helm", {"upgrade*": "exit 1"})
    desk.stub("kubectl", {"get pods*": "echo iris-0 CrashLoopBackOff"})
    done = desk.run("run_kubernetes.sh", "minikube")
    assert done.returncode == 1
    assert "iris-0 CrashLoopBackOff" in done.stderr
    assert "error: the release is not ready; see: kubectl describe pods --namespace default" in done.stderr


@pytest.mark.slow
def test_an_answer_that_is_no_prediction_is_an_error(desk: Desk, service: Answering) -> None:
    service.status = 401
    desk.stub("minikube", {})
    desk.stub("helm", {})
    desk.stub("kubectl", forwarding(service))
    done = desk.run("run_kubernetes.sh", "minikube")
    assert done.returncode == 1
    assert "error: the service does not answer that as it should; see: kubectl logs" in done.stderr


# ---- what is missing ----

PROGRAMS = [
    ("run_kubernetes.sh", "", [], "kubectl is missing; install it with: sudo snap install kubectl --classic"),
    ("run_kubernetes.sh", "minikube", [], "minikube is missing; install it with: sudo snap install minikube"),
    (
        "run_kubernetes.sh",
        "microk8s",
        [],
        "microk8s is missing; install it with: sudo snap install microk8s --classic",
    ),
    (
        "run_kubernetes.sh",
        "minikube",
        ["minikube", "kubectl"],
        "helm is missing; install it with: sudo snap install helm",
    ),
    ("stop_kubernetes.sh", "context", ["kubectl"], "helm is missing"),
    ("load_test.sh", "context", [], "kubectl is missing"),
    ("dashboard.sh", "minikube", [], "minikube is missing"),
]


@pytest.mark.parametrize(("script", "cluster", "there", "words"), PROGRAMS, ids=lambda value: str(value)[:40])
def test_a_missing_program_is_an_error_with_the_line_that_installs_it(
    desk: Desk, script: str, cluster: str, there: list[str], words: str
) -> None:
    for name in there:
        desk.stub(name, {})
    done = desk.run(script, *([cluster] if cluster else []))
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr.startswith(f"error: {words}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_cluster_that_is_none_is_said_in_one_sentence(desk: Desk, script: str) -> None:
    desk.stub("kubectl", {"*current-context*": "exit 1"})
    desk.stub("minikube", {"status": "exit 1"})
    done = desk.run(script)
    assert (done.returncode, done.stderr[:38]) == (1, "error: kubectl has no current context;")
    assert (
        desk.run(script, "minikube").stderr == "error: minikube does not run; start it with: minikube start\n"
    )
    assert "is no kind of cluster; say minikube, microk8s or context" in desk.run(script, "k3s").stderr


# ---- stop_kubernetes.sh, dashboard.sh ----


def test_stopping_keeps_the_log_and_says_how_to_remove_it(desk: Desk) -> None:
    desk.stub("helm", {})
    desk.stub("kubectl", {"get persistentvolumeclaims*": "echo persistentvolumeclaim/state-iris-0"})
    done = desk.run("stop_kubernetes.sh", "context")
    assert done.returncode == 0, done.stderr
    assert "helm uninstall iris --namespace default --wait --ignore-not-found" in desk.calls
    assert "kubectl delete --namespace default persistentvolumeclaim/state-iris-0" in done.stdout
    assert not [call for call in desk.calls if "delete" in call]


def test_the_dashboard_is_opened_the_way_each_cluster_has_it(desk: Desk) -> None:
    desk.stub("minikube", {})
    desk.stub("microk8s", {"status --addon*": "echo disabled"})
    desk.stub("kubectl", {"*get service kubernetes-dashboard-kong-proxy": "exit 1"})
    desk.stub("helm", {})
    assert desk.run("dashboard.sh", "minikube").returncode == 0
    assert desk.calls[-1] == "minikube dashboard --url"
    assert desk.run("dashboard.sh", "microk8s").returncode == 0
    assert desk.calls[-2:] == ["microk8s enable dashboard", "microk8s dashboard-proxy"]
    assert desk.run("dashboard.sh", "context").returncode == 0
    assert (
        desk.calls[-1]
        == "kubectl --namespace kubernetes-dashboard port-forward service/kubernetes-dashboard 8443:443"
    )
    desk.stub("kubectl", {"*get service*": "exit 1"})
    assert "error: this cluster has no dashboard; install it as" in desk.run("dashboard.sh", "context").stderr


# ---- load_test.sh ----

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


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    scripts = sorted(path.relative_to(ROOT) for path in (ROOT / "getting-started").rglob("*.sh"))
    words = ["shellcheck", "-x", "--format", "json", *map(str, scripts)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == []


def test_every_script_is_managed_and_says_how_it_is_used() -> None:
    for name in SCRIPTS:
        path = ROOT / "getting-started" / name
        assert path.stat().st_mode & 0o111, f"{name} cannot be started"
        head = path.read_text().splitlines()[:6]
        assert head[1].startswith("# Managed by hookline. ")
        assert any(line.startswith(f"# Usage: getting-started/{name}") for line in head)
