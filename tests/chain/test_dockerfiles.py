"""The Dockerfiles and scripts as linters see them, and the image that pipelines run in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chain.engine import engine_or_skip
from tests.chain.images import build, copy_checkout, forget, inspected
from tests.chain.running import program_of
from tests.house import ROOT

DOCKERFILES = sorted((ROOT / "dockerfiles").glob("*/Dockerfile"))
SCRIPTS = [ROOT / ".ci" / "run", *ROOT.glob("dockerfiles/**/*.sh"), *ROOT.glob("getting-started/**/*.sh")]
NAMES = [path.parent.name for path in DOCKERFILES]
TRIVY = ("config", "--skip-check-update", "--skip-version-check", "--disable-telemetry", "--exit-code", "1")


def findings(*words: str | Path) -> str:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_hadolint_finds_nothing(path: Path) -> None:
    assert findings(program_of("hadolint"), path) == ""


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_trivy_finds_nothing(path: Path) -> None:
    assert findings(program_of("trivy"), *TRIVY, path.parent) == ""


def test_both_would_find_a_careless_image(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM python\nRUN apt-get install git\n")
    assert "DL3006" in findings(program_of("hadolint"), path)
    assert "root" in findings(program_of("trivy"), *TRIVY, tmp_path)


def test_the_dockerfiles_need_no_registry_but_for_their_base() -> None:
    for path in DOCKERFILES:
        text = path.read_text()
        assert "# syntax=" not in text
        assert "--link" not in text
        assert "<<" not in text


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    assert len(SCRIPTS) >= 10
    assert findings(program_of("shellcheck"), "-x", *SCRIPTS) == ""
    (tmp_path / "careless.sh").write_text("#!/bin/sh\nrm -rf $1/*\n")
    assert "SC2086" in findings(program_of("shellcheck"), tmp_path / "careless.sh")


def test_pipelines_find_all_they_need_in_the_runtime_image(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = engine_or_skip()
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("kubectl", "helm"):
        shutil.copy2(program_of(name), tools)
    project = copy_checkout(tmp_path / "project")
    built = build(project, engine, "runtime", "hookline/runtime", TOOLS=str(tools))
    assert inspected(engine, built.image)["Config"]["User"] == "10001:10001"
    for path in (project, *project.rglob("*")):
        path.chmod(0o777)  # an agent's user is the owner of its workspace
    steps = (
        "git --version && docker --version && kubectl version --client && helm version",
        "make train && hookline models list && hookline image name production",
    )
    words = [engine, "run", "--rm", "--network", "none", "--user", "4242:4242", "--cap-drop", "ALL"]
    words += ["--volume", f"{project}:/workspace", built.image, "bash", "-ec", "; ".join(steps)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    for word in (
        "git version",
        "Docker version",
        "v1.34",
        "v3.2",
        "publish",
        "hookline/hookline-service:latest",
    ):
        assert word in said.stdout
    sys.stdout.write(said.stdout)
    forget(engine, built)
