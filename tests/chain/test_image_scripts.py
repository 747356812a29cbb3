"""The scripts that run and upload the image, with a real engine and a real registry."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chain.engine import engine_or_skip
from tests.chain.images import copy_checkout, run
from tests.chain.running import Program, eventually, program_of
from tests.framework.service.projects import IRIS_ROW, trained_once
from tests.house import ROOT

REGISTRY = """\
version: 0.1
storage:
  filesystem:
    rootdirectory: {folder}
http:
  addr: 127.0.0.1:{port}
"""


@pytest.fixture(scope="module")
def engine() -> str:
    return engine_or_skip()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a copy of this project with its model, whose images nobody else uses."""
    root = copy_checkout(tmp_path_factory.mktemp("scripts") / "checkout")
    shutil.copytree(
        trained_once("iris", tmp_path_factory) / "model_bin", root / "model_bin", dirs_exist_ok=True
    )
    config = (root / "config.yaml").read_text()
    names = "production_image_name: hookline-service", "production_image_name: hookline-scripts"
    (root / "config.yaml").write_text(config.replace(*names))
    return root


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def get(port: int, path: str) -> tuple[int, Any]:
    return ask(port, "GET", path)


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_one_script_builds_runs_and_asks(engine: str, project: Path) -> None:
    port = free_port()
    try:
        for _ in range(2):  # the second time in place of the first
            said = run(["getting-started/run_docker.sh", str(port)], project, DOCKER=engine)
            assert said.count("setosa") == 1
            assert f"http://127.0.0.1:{port}/docs" in said
        assert get(port, "/info")[0] == 200
        # The log outlives the container; the last records are shipped a moment after their answers.
        eventually(lambda: len(get(port, "/api/logs")[1]["records"]) == 6)
    finally:
        remove = [engine, "rm", "--force", "hookline-scripts"]
        subprocess.run(remove, check=False, capture_output=True)
        subprocess.run([engine, "volume", "rm", "hookline-scripts-log"], check=False, capture_output=True)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[int]:
    """Run Debian's registry, which keeps what is pushed in a folder."""
    port = free_port()
    config = tmp_path / "registry.yml"
    config.write_text(REGISTRY.format(folder=tmp_path / "images", port=port))
    with Program([program_of("docker-registry"), "serve", config]):
        eventually(lambda: _listens(port), 20)
        yield port


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_one_script_builds_tries_and_pushes(engine: str, project: Path, registry: int) -> None:
    name = f"127.0.0.1:{registry}/team/iris"
    said = run(["getting-started/upload_docker.sh", name, "v1"], project, DOCKER=engine)
    order = [said.index(word) for word in (f"built {name}:v1", "equal    3 answers", f"pushed {name}:v1")]
    assert order == sorted(order)
    assert get(registry, "/v2/team/iris/tags/list") == (200, {"name": "team/iris", "tags": ["v1"]})


def test_a_promoted_model_is_served_by_the_same_container(engine: str, project: Path) -> None:
    compose = [str(program_of("docker-compose"))]
    compose += ["--file", "getting-started/docker-compose.yml"]
    run(["dockerfiles/production-image/build.sh"], project, DOCKER=engine)
    port = free_port()
    names = {"SERVICE_IMAGE": "hookline/hookline-scripts:latest", "COMPOSE_PROJECT_NAME": "hookline-chain"}
    environ = {**names, "PORT": str(port)}
    try:
        run([*compose, "up", "--detach"], project, **environ)
        eventually(lambda: _listens(port) and _version(port), 30)
        before = _version(port)
        run([str(ROOT / ".venv" / "bin" / "hookline"), "train", "-q"], project)
        eventually(lambda: _version(port) not in (None, before), 30)
        status, answers = ask(port, "POST", "/api/predictions", json.dumps([IRIS_ROW]))
        assert (status, answers[0]["class_name"]) == (200, "setosa")
    finally:
        run([*compose, "down", "--volumes"], project, **environ)


def _version(port: int) -> str | None:
    try:
        status, info = get(port, "/info")
    except (OSError, http.client.HTTPException):
        return None
    return str(info["model_version"]) if status == 200 else None
