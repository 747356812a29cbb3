"""The pipelines on the Groovy that Jenkins embeds, without a controller; make is a STUB (pipelines/stub.py).

The same pipelines with the real make: test_jenkins_line.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chain.pipelines.groovy import PIPELINES, Result, Run, run_pipelines
from tests.chain.pipelines.stub import stub_make
from tests.chain.running import program_of
from tests.house import ROOT

JENKINS = ROOT / "jenkins"
CANARY = "canary-5e1d-never-in-a-log"
CREDENTIALS = {
    "id-of-docker": {"user": "pusher", "password": f"{CANARY}-docker"},
    "id-of-scm": {"user": "committer", "password": f"{CANARY}-scm"},
    "id-of-kubeconfig": {"value": "/credentials/kubeconfig"},
    "id-of-api_key": {"value": f"{CANARY}-key"},
}
STAGES = {
    "train-model": ["test", "check-hooks", "train", "test-model", "model-card", "publish-model"],
    "build-image": ["test", "lint", "fetch-model", "image", "image-test", "scan", "sbom", "push"],
    "deploy": ["fetch-model", "contract-gate", "deploy-plan", "deploy", "smoke"],
    "continuous-integration": ["test", "lint", "check-hooks", "train", "test-model", "model-card"],
}
FAILURES = [(name, stage) for name, stages in STAGES.items() for stage in ("", *stages)]


@dataclass(frozen=True)
class Ran:
    """Be a result, what its archive holds, and what the stub of make was called with."""

    result: Result
    archived: set[str]
    calls: list[tuple[str, Mapping[str, str]]]


def one_run(jenkinsfile: Path, folder: Path, fail_at: str) -> tuple[Run, Path]:
    programs, calls = stub_make(folder)
    workspace, archive = folder / "workspace", folder / "archive"
    workspace.mkdir()
    archive.mkdir()
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "FAIL_AT": fail_at}
    return Run(str(jenkinsfile), str(workspace), str(archive), environment, CREDENTIALS), calls


def run_all(folder: Path, wanted: Mapping[tuple[str, str], Path]) -> dict[tuple[str, str], Ran]:
    """Run them all in one Java process, each in a workspace of its own."""
    places = {key: folder / str(number) for number, key in enumerate(wanted)}
    told = [one_run(path, places[key], key[1]) for key, path in wanted.items()]
    results = run_pipelines(folder, *(run for run, _ in told))
    found = {}
    for key, result, (run, calls) in zip(wanted, results, told, strict=True):
        archive = Path(run.archive)
        names = {str(path.relative_to(archive)) for path in archive.rglob("*") if path.is_file()}
        lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        found[key] = Ran(result, names, [json.loads(line) for line in lines])
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Ran]:
    """Run each pipeline without a failure, and once for each stage that fails."""
    wanted = {(name, stage): JENKINS / name / "Jenkinsfile" for name, stage in FAILURES}
    return run_all(tmp_path_factory.mktemp("pipelines"), wanted)


def complaints(ran: Ran, name: str, fail_at: str) -> list[str]:
    """Say what is wrong with a run in which this stage was made to fail."""
    result, stages = ran.result, STAGES[name]
    begun = stages[: stages.index(fail_at) + 1] if fail_at else stages
    found = []
    if result.result != ("FAILURE" if fail_at else "SUCCESS"):
        found.append(f"the build is {result.result}")
    if result.stages != begun:
        found.append(f"{result.stages} were begun")
    if "build/tests.xml" not in ran.archived and "test" in begun:
        found.append("its files were not archived")
    if not [event for event in result.steps("junit") if event["stage"] == "post"]:
        found.append("its results were not published")
    if CANARY in result.said:
        found.append("a secret was printed")
    return found


def test_the_linter_finds_nothing(tmp_path: Path) -> None:
    words: list[str | Path] = [
        program_of("groovy-lint"),
        "--noserver",
        "--failon",
        "info",
        "--config",
        JENKINS / ".groovylintrc.yml",
    ]
    careless = tmp_path / "Jenkinsfile"
    careless.write_text("pipeline {\n  agent any \n  stages { stage('a') { steps { sh 'make'; } } }\n}\n")

    def findings(folder: Path) -> str:
        where: list[str | Path] = [*words, "--path", folder, "--files", "**/{Jenkinsfile,*.groovy}"]
        done = subprocess.run(where, cwd=ROOT, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    assert findings(JENKINS) == ""
    assert "TrailingWhitespace" in findings(tmp_path)


@pytest.mark.parametrize("name", PIPELINES)
def test_it_declares_what_keeps_builds_apart_and_short(runs: dict[tuple[str, str], Ran], name: str) -> None:
    declared = runs[name, ""].result.pipeline
    assert declared["stages"] == STAGES[name]
    assert declared["label"] == "hookline"
    assert {"disableConcurrentBuilds", "timeout", "buildDiscarder"} <= set(declared["options"])


@pytest.mark.parametrize(("name", "stage"), FAILURES)
def test_a_stage_that_fails_fails_the_build_skips_the_rest_and_publishes(
    runs: dict[tuple[str, str], Ran], name: str, stage: str
) -> None:
    assert complaints(runs[name, stage], name, stage) == []


@pytest.mark.parametrize("name", PIPELINES)
def test_each_stage_is_one_make_target_of_its_name(runs: dict[tuple[str, str], Ran], name: str) -> None:
    for stage in STAGES[name]:
        (step,) = runs[name, ""].result.steps("sh", stage=stage)
        assert step["script"] == f"make {stage}"
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets >= set(STAGES[name])


def test_a_stage_alone_gets_its_credentials_and_pull_requests_get_none(
    runs: dict[tuple[str, str], Ran],
) -> None:
    holders = {
        (name, target)
        for name in STAGES
        for target, environment in runs[name, ""].calls
        if CANARY in str(environment.values())
    }
    every = {("deploy", stage) for stage in STAGES["deploy"]}
    assert holders == {("train-model", "publish-model"), ("build-image", "push"), *every}
    assert runs["continuous-integration", ""].result.steps("credentials") == []


def test_the_ids_of_credentials_and_defaults_come_from_config_yaml(runs: dict[tuple[str, str], Ran]) -> None:
    used = {name: [step["id"] for step in runs[name, ""].result.steps("credentials")] for name in STAGES}
    assert used == {
        "train-model": ["id-of-scm"],
        "build-image": ["id-of-docker"],
        "deploy": ["id-of-kubeconfig", "id-of-api_key"],
        "continuous-integration": [],
    }
    for name in ("train-model", "build-image", "deploy"):
        assert runs[name, ""].result.pipeline["parameters"]["MODEL_STORE"] == "git"


def test_a_release_that_does_not_answer_is_taken_back_and_no_other(runs: dict[tuple[str, str], Ran]) -> None:
    back = [stage for stage in ("", *STAGES["deploy"]) if "rollback" in dict(runs["deploy", stage].calls)]
    assert back == ["smoke"]


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("always {", "success {", "its results were not published"),
        ("sh 'make train'", "sh 'make train || true'", "the build is SUCCESS"),
        ("sh 'make publish-model'", "sh 'make publish-model; echo \"$SCM_PSW\"'", "a secret was printed"),
    ],
)
def test_a_careless_pipeline_would_be_found(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    text = (JENKINS / "train-model" / "Jenkinsfile").read_text(encoding="utf-8")
    assert before in text
    careless = tmp_path / "Jenkinsfile"
    careless.write_text(text.replace(before, after), encoding="utf-8")
    fail_at = "" if "secret" in complaint else "train"
    (ran,) = run_all(tmp_path, {("train-model", fail_at): careless}).values()
    assert complaint in complaints(ran, "train-model", fail_at)


def test_the_harness_refuses_what_a_controller_would(tmp_path: Path) -> None:
    text = (JENKINS / "train-model" / "Jenkinsfile").read_text(encoding="utf-8")
    unknown = tmp_path / "Jenkinsfile"
    unknown.write_text(text.replace("    options {", "    option {"), encoding="utf-8")
    (ran,) = run_all(tmp_path, {("train-model", ""): unknown}).values()
    assert ran.result.result == "FAILURE"
    assert ran.result.steps("error")[0]["said"] == "pipeline knows no option"
