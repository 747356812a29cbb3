"""The scripts for clusters, with stubs for docker, kubectl, helm, minikube and microk8s: what they call.

No cluster runs here; tests/chain has the real kubectl and helm. What the stubs answer is what the real
programs say, as their manuals have it.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.framework.getting_started.answering import Answering, forwarding
from tests.framework.getting_started.conftest import CONFIG
from tests.framework.getting_started.stubs import ROOT, Desk

SCRIPTS = ("run_kubernetes.sh", "stop_kubernetes.sh", "load_test.sh", "dashboard.sh")


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


@pytest.mark.parametrize(
    ("program", "line"),
    [("docker", "sudo apt-get install docker.io"), ("curl", "sudo apt-get install curl")],
)
def test_nothing_is_built_before_every_program_is_there(desk: Desk, program: str, line: str) -> None:
    desk.unstub(program)
    for name in ("kubectl", "helm"):
        desk.stub(name, {})
    done = desk.run("run_kubernetes.sh", "context")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == f"error: {program} is missing; install it with: {line}\n"
    assert not [call for call in desk.calls if call.startswith(("build.sh", "helm"))]


def test_a_project_that_is_not_set_up_is_said_in_one_sentence(desk: Desk) -> None:
    for name in ("kubectl", "helm"):
        desk.stub(name, {})
    for script in ("run_kubernetes.sh", "stop_kubernetes.sh", "load_test.sh"):
        done = desk.run(script, "context", VENV="none")
        assert (done.returncode, done.stdout) == (127, "")
        assert done.stderr == "error: hookline is missing; install it with: make setup\n"


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
