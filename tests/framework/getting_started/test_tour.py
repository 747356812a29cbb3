"""The tour, with stubs for every program and script it calls: their order, where it stops, how it resumes.

No cluster, no Jenkins and no Elasticsearch runs here; a small server answers in place of the last.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.framework.getting_started.stubs import Desk

CONFIG = (
    "deployment:\n  deployment_name: iris\n"
    "prediction_log:\n  enable_fluentd_logging: true\n  fluentd_url: 192.0.2.10\n"
)


class _Answers(BaseHTTPRequestHandler):
    """Be the service for a POST, and Elasticsearch for a GET."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b'[{"prediction_id":"0199","class_name":"setosa"}]')

    def do_GET(self) -> None:
        self._answer(b'{"hits":{"hits":[{"_source":{"prediction_id":"0199"}}]}}')

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep the test's output quiet."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def desk(tmp_path: Path, port: int) -> Desk:
    desk = Desk(tmp_path)
    desk.configure(CONFIG)
    forward = f'echo "Forwarding from 127.0.0.1:{port} -> 5000"; exec sleep 60'
    kubectl = {"*current-context*": "echo minikube", "*port-forward*": forward, "*ports*port*": "printf 5000"}
    desk.stub("kubectl", kubectl)
    for name in ("minikube", "helm", "make"):
        desk.stub(name, {})
    for name in ("start_jenkins.sh", "run_kubernetes.sh", "efk/start_efk.sh"):
        desk.script(f"getting-started/{name}", {})
    return desk


def walk(desk: Desk, port: int, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    elasticsearch = f"http://127.0.0.1:{port}"
    return desk.run("tour.sh", *words, **{"WAIT": "20", "ELASTICSEARCH": elasticsearch, **environ})


def steps(desk: Desk) -> list[str]:
    """Return the calls that do something, with the tag taken out."""
    tag = desk.root / "var" / "tour" / "tag"
    known = tag.read_text().strip() if tag.exists() else "no tag"
    doing = ("start_jenkins.sh", "make", "run_kubernetes.sh", "start_efk.sh", "hookline deploy")
    return [call.replace(known, "TAG").strip() for call in desk.calls if call.startswith(doing)]


LINE = [
    "start_jenkins.sh",
    "make train",
    "make image image-test TAG=TAG",
    "run_kubernetes.sh minikube",
    "start_efk.sh",
]


def test_it_walks_the_line_in_order_and_finds_the_prediction(desk: Desk, port: int) -> None:
    done = walk(desk, port)
    assert done.returncode == 0, done.stdout + done.stderr
    assert steps(desk) == LINE
    assert "found     0199 in Elasticsearch" in done.stdout
    again = walk(desk, port)
    assert again.returncode == 0
    assert again.stdout.count("done before") == 8
    assert steps(desk) == LINE
    assert walk(desk, port, "--again").returncode == 0
    assert not (desk.root / "var" / "tour").exists()


def test_what_fails_is_named_and_the_next_walk_goes_on_from_there(desk: Desk, port: int) -> None:
    desk.stub("make", {"train": "echo 'error: no data' >&2; exit 2"})
    stopped = walk(desk, port)
    assert stopped.returncode == 2
    assert stopped.stderr.splitlines()[-1] == (
        "stopped at train; when that is mended, go on with: getting-started/tour.sh"
    )
    assert steps(desk) == LINE[:2]
    desk.stub("make", {})
    done = walk(desk, port)
    assert done.returncode == 0, done.stderr
    assert steps(desk) == [*LINE[:2], *LINE[1:]]


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ("make", "make is missing; install it with: sudo apt-get install make"),
        ("docker", "docker is missing; install it with: sudo apt-get install docker.io"),
        ("minikube", "minikube is missing; install it with: sudo snap install minikube"),
        ("helm", "helm is missing; install it with: sudo snap install helm --classic"),
        ("kubectl", "kubectl is missing; install it with: sudo snap install kubectl --classic"),
    ],
)
def test_it_stops_at_what_is_missing_with_the_command_that_brings_it(
    desk: Desk, port: int, gone: str, sentence: str
) -> None:
    desk.unstub(gone)
    stopped = walk(desk, port)
    assert stopped.returncode == 127
    assert f"error: {sentence}\n" in stopped.stderr
    assert "stopped at" in stopped.stderr
    assert steps(desk) == []


@pytest.mark.parametrize(
    ("config", "answers", "sentence"),
    [
        ("prediction_log: {}\n", {}, "set prediction_log.enable_fluentd_logging to true in config.yaml"),
        (
            "prediction_log: {enable_fluentd_logging: true}\n",
            {},
            "pods cannot reach Fluentd at 127.0.0.1; set prediction_log.fluentd_url",
        ),
        (CONFIG, {"info": "exit 1"}, "no container engine answers; start it with: sudo systemctl"),
        (CONFIG, {"compose version": "exit 1"}, "docker has no compose; install it with: sudo apt-get"),
    ],
    ids=["log off", "log out of reach", "engine", "compose"],
)
def test_what_the_walk_needs_is_asked_for_first(
    desk: Desk, port: int, config: str, answers: dict[str, str], sentence: str
) -> None:
    desk.configure(config)
    desk.stub("docker", answers)
    stopped = walk(desk, port)
    assert stopped.returncode == 1
    assert sentence in stopped.stderr
    assert "stopped at settings" in stopped.stderr


@pytest.mark.slow
def test_another_cluster_gets_the_image_from_the_registry(desk: Desk, port: int) -> None:
    real = f'exec "{sys.prefix}/bin/hookline" "$@"'
    desk.script("venv/bin/hookline", {"config get*": real})
    done = walk(desk, port, "context", VENV=str(desk.root / "venv"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert steps(desk) == [
        *LINE[:3],
        "make push TAG=TAG",
        "hookline deploy --tag TAG --namespace default",
        "start_efk.sh",
    ]


@pytest.mark.slow
def test_a_prediction_that_does_not_arrive_is_not_passed_over(desk: Desk, port: int) -> None:
    stopped = walk(desk, port, ELASTICSEARCH="http://127.0.0.1:1", WAIT="1")
    assert stopped.returncode == 1
    assert "the prediction 0199 did not come to Elasticsearch" in stopped.stderr
    assert "stopped at log" in stopped.stderr
