"""The whole line, from hooks in Git to a pushed image that answers: the pipelines with the real make.

Real are Git, the training, the engine, a registry that asks for a login, linters, and the scan for secrets.
helm and kubectl are STUBS that record (tests/framework/deploy/stub.py); Jenkins is the harness (pipelines/).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookline.image.container import Container
from hookline.image.engine import Engine
from tests.chain.engine import engine_or_skip
from tests.chain.pipelines.groovy import Result, Run, run_pipelines
from tests.chain.pipelines.world import CANARY, Origin, git, make_origin, registry

CREDENTIALS = {
    "docker": {"user": "pusher", "password": CANARY},
    "scm": {"user": "committer", "password": CANARY},
    "kubeconfig": {"value": "/credentials/kubeconfig"},
    "hookline-api-key": {"value": CANARY},
}


@dataclass(frozen=True)
class Line:
    """Be what came of the three pipelines."""

    origin: Origin
    results: dict[str, Result]
    image: str
    version: str
    answers: list[dict[str, str]]

    def archived(self, name: str) -> Path:
        """Return the folder of what a pipeline archived."""
        return self.origin.home / "archives" / name


def run_one(origin: Origin, name: str, **environ: str) -> Result:
    workspace, archive = origin.clone(name), origin.home / "archives" / name
    archive.mkdir(parents=True)
    jenkinsfile = str(workspace / "jenkins" / name / "Jenkinsfile")
    environment = origin.environment | environ
    run = Run(jenkinsfile, str(workspace), str(archive), environment, CREDENTIALS)
    (result,) = run_pipelines(origin.home, run)
    for step in result.steps("sh"):
        sys.stdout.write(f"{name}: {step['script']} {step['seconds']:.1f} s\n")
    assert result.result == "SUCCESS", f"{name}: {result.said[-3000:]}{result.steps('failed')}"
    return result


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Run one pipeline after the other, as a push to the project would."""
    engine = engine_or_skip()
    home = tmp_path_factory.mktemp("line")
    with registry(home / "registry") as port:
        origin = make_origin(home, engine, port)
        results = {"train-model": run_one(origin, "train-model")}
        # The tests of the project have just run; here one stands for them.
        results["build-image"] = run_one(origin, "build-image", PYTEST="tests -k hook")
        version = json.loads(git("-C", origin.repository, "show", "main:model_bin/current.json"))["current"]
        image = f"127.0.0.1:{port}/team/line:{version}"
        # What is deployed is what the registry has, not what the engine still knows.
        subprocess.run([engine, "image", "rm", image], check=True, capture_output=True)
        login = [engine, "--config", str(home / "login"), "login", "--username", "pusher", "--password-stdin"]
        subprocess.run(
            [*login, f"127.0.0.1:{port}"], input=CANARY, text=True, check=True, capture_output=True
        )
        pull = [engine, "--config", str(home / "login"), "pull", image]
        subprocess.run(pull, check=True, capture_output=True)
        with Container(Engine(engine), image) as container:
            container.wait_ready(60)
            origin.cluster.write(port=container.port)
            results["deploy"] = run_one(origin, "deploy")
            body = origin.request.read_bytes()
            answers = container.ask("POST", "/api/predictions", body)[2]
        yield Line(origin, results, image, version, answers)
        subprocess.run([engine, "image", "rm", image], check=True, capture_output=True)


def test_a_push_ends_in_a_pushed_image_that_answers(line: Line) -> None:
    assert len(line.answers) == len(json.loads(line.origin.request.read_bytes()))
    assert line.answers[0]["class_name"] == "setosa"


def test_the_model_is_committed_once_and_starts_nothing_again(line: Line) -> None:
    log = git("-C", line.origin.repository, "log", "--format=%s", "main").splitlines()
    assert log[:2] == [f"Publish the model {line.version} [skip ci]", "Say where the images go"]


def test_what_is_deployed_is_the_image_of_that_model_and_is_asked_in_the_cluster(line: Line) -> None:
    live = line.origin.cluster.live
    assert live is not None
    assert live["values"]["release"]["image"] == line.image
    assert live["values"]["release"]["model_version"] == line.version
    (test,) = line.origin.cluster.calls("helm", "test")
    assert test[2:5] == ["line", "--namespace", "default"]
    assert line.origin.cluster.calls("helm", "rollback") == []


def test_results_are_published_and_the_card_the_bill_and_the_gate_are_kept(line: Line) -> None:
    for name, wanted in {
        "train-model": {"tests.xml", "card.html", "manifest.json"},
        "build-image": {"tests.xml", "sbom.cdx.json"},
        "deploy": {"contract.xml"},
    }.items():
        assert {path.name for path in line.archived(name).rglob("*.*")} >= wanted
        (junit,) = line.results[name].steps("junit")
        assert (len(junit["files"]), junit["failures"]) == (1, 0)


def test_no_secret_is_in_an_output_an_archive_or_the_repository(line: Line) -> None:
    assert all(CANARY not in result.said for result in line.results.values())
    files = [path for path in (line.origin.home / "archives").rglob("*") if path.is_file()]
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]
    assert CANARY not in git("-C", line.origin.repository, "log", "--all", "--format=%B%an%ae")
    assert not (line.origin.home / ".docker" / "config.json").exists(), "a login was left behind"


def test_a_registry_that_refuses_the_login_gets_a_sentence_and_nothing_else(line: Line) -> None:
    environment = {
        **line.origin.environment,
        "REGISTRY_USR": "pusher",
        "REGISTRY_PSW": "wrong",
        "TAG": "stray",
    }
    done = subprocess.run(
        ["make", "push"],
        cwd=line.origin.home / "workspaces" / "build-image",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "refuses the login; are REGISTRY_USR and REGISTRY_PSW right?" in done.stderr


@pytest.mark.parametrize("given", ["$(shell touch pwned)", '`touch pwned`$(touch pwned)"; touch pwned; "'])
def test_who_may_only_start_a_job_cannot_run_commands_by_its_parameters(line: Line, given: str) -> None:
    folder = line.origin.home / "workspaces" / "deploy"
    environment = {**line.origin.environment, "TAG": given, "MODEL": given, "MODEL_STORE": given}
    for target in ("image", "deploy-plan", "fetch-model"):
        subprocess.run(["make", target], cwd=folder, env=environment, check=False, capture_output=True)
    assert not (folder / "pwned").exists()
