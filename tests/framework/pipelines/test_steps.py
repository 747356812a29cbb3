"""The steps of the pipelines, each by itself; tests/chain runs them in the pipelines."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.framework.deploy.conftest import World, cluster, world
from tests.framework.deploy.stub import StubCluster
from tests.framework.service.projects import trained_once
from tests.house import ROOT

__all__ = ["cluster", "world"]

STEPS = ROOT / "jenkins" / "steps"
BIN = Path(sys.executable).parent
PROGRAMS = f"{BIN}{os.pathsep}{os.environ['PATH']}"


def run(*words: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": PROGRAMS, "VENV": str(BIN.parent), "HOME": str(cwd)}
    return subprocess.run(
        words,
        cwd=cwd,
        env=given | environ,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def git(*words: str | Path) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


# ---- the tests: pipelines call `make test`, here as in every project ----


@pytest.mark.parametrize(("ci", "slow_too"), [("", False), ("true", True)])
def test_a_pipeline_runs_the_slow_tests_too_and_measures_coverage(ci: str, slow_too: bool) -> None:
    environ = {"CI": ci} if ci else {}
    command = run("make", "--dry-run", "test", cwd=ROOT, **environ).stdout.splitlines()[-1]
    assert "pytest" in command
    assert ("--cov" in command, "not slow" in command) == (slow_too, not slow_too)


# ---- the model, on its way to where pipelines keep models and back ----


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project with a model, and the bare repository that it is a checkout of."""
    found = trained_once("iris", tmp_path_factory)
    root = Path(shutil.copytree(found, tmp_path / "project", ignore=shutil.ignore_patterns("var")))
    for name in ("jenkins", "getting-started"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "kibana"))
    shutil.copy2(ROOT / ".gitignore", root)
    git("init", "--quiet", "--initial-branch", "main", root)
    git("-C", root, "add", ".")
    git("-C", root, "-c", "user.name=A", "-c", "user.email=a@localhost", "commit", "--quiet", "-m", "First")
    git("clone", "--quiet", "--bare", root, tmp_path / "origin.git")
    git("-C", root, "remote", "add", "origin", tmp_path / "origin.git")
    return root


def version_in(project: Path) -> str:
    (found,) = (project / "model_bin").glob("2*")
    return found.name


@pytest.mark.slow
def test_a_model_is_committed_to_its_branch_and_found_from_an_older_commit(
    project: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    git("clone", "--quiet", tmp_path / "origin.git", old)
    first = run("jenkins/steps/publish_model.sh", cwd=project)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == f"committed {version_in(project)} to main\n"
    again = run("jenkins/steps/publish_model.sh", cwd=project)
    assert again.stdout == f"{version_in(project)} is in Git already\n"
    assert git("-C", tmp_path / "origin.git", "log", "--format=%s").count("[skip ci]") == 1
    refused = run("jenkins/steps/fetch_model.sh", cwd=old)
    assert "there is no model" in refused.stderr
    found = run("jenkins/steps/fetch_model.sh", cwd=old, BRANCH="main")
    assert (found.returncode, found.stderr) == (0, "")
    assert version_in(old) == version_in(project)


def test_who_pushed_meanwhile_is_a_sentence(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git("clone", "--quiet", tmp_path / "origin.git", other)
    commit = ("commit", "--quiet", "--allow-empty", "-m", "Meanwhile")
    git("-C", other, "-c", "user.name=B", "-c", "user.email=b@localhost", *commit)
    git("-C", other, "push", "--quiet")
    done = run("jenkins/steps/publish_model.sh", cwd=project)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "error: main was not pushed to; did somebody push meanwhile"
    )


def test_without_a_branch_it_asks_for_one(project: Path) -> None:
    git("-C", project, "checkout", "--quiet", "--detach")
    done = run("jenkins/steps/publish_model.sh", cwd=project)
    assert (done.returncode, "name the one that keeps the model with BRANCH=main" in done.stderr) == (1, True)
    assert run("jenkins/steps/publish_model.sh", cwd=project, GIT_BRANCH="origin/main").returncode == 0


def test_another_store_takes_the_model_and_gives_the_version_asked_for(project: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    done = run("jenkins/steps/publish_model.sh", cwd=project, MODEL_STORE=store)
    assert done.stdout == f"{version_in(project)}: copied.\n"
    version = version_in(project)
    shutil.rmtree(project / "model_bin")
    for asked in ("", version):
        found = run("jenkins/steps/fetch_model.sh", cwd=project, MODEL_STORE=store, MODEL=asked)
        assert (found.returncode, found.stderr) == (0, "")
        assert version_in(project) == version
    missing = run("jenkins/steps/fetch_model.sh", cwd=project, MODEL_STORE=store, MODEL="none")
    assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)


def test_git_learns_a_login_by_asking(tmp_path: Path) -> None:
    login = {"SCM_USR": "robot", "SCM_PSW": "dummy-password", "GIT_ASKPASS": str(STEPS / "askpass.sh")}
    done = subprocess.run(
        ["git", "credential", "fill"],
        input="protocol=https\nhost=git.example.com\n\n",
        env={"PATH": PROGRAMS, "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0", **login},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "username=robot\npassword=dummy-password\n" in done.stdout


# ---- what is read and shown ----


def test_settings_are_one_flat_object_without_secrets(project: Path) -> None:
    secret = {"HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD": "dummy-password"}
    done = run(
        sys.executable, STEPS / "settings.py", BIN / "hookline", "build/settings.json", cwd=project, **secret
    )
    found = json.loads((project / "build" / "settings.json").read_text())
    assert done.stdout == f"wrote build/settings.json: {len(found)} settings\n"
    assert found["jenkins.model_store"] == "git"
    assert "dummy-password" not in str(found)


def test_a_broken_config_is_a_sentence_and_writes_nothing(project: Path) -> None:
    (project / "config.yaml").write_text("jenkins:\n  model_stor: git\n")
    done = run(sys.executable, STEPS / "settings.py", BIN / "hookline", "build/settings.json", cwd=project)
    assert done.returncode == 1
    assert "model_store" in done.stderr
    assert not (project / "build").exists()


def test_the_card_of_the_current_model_is_where_people_find_it(project: Path) -> None:
    words: list[str | Path] = [sys.executable, STEPS / "current.py", BIN / "hookline"]
    assert run(*words, cwd=project).stdout == f"{version_in(project)}\n"
    assert run(*words, "build/model", cwd=project).returncode == 0
    names = {path.name for path in (project / "build" / "model").iterdir()}
    assert names >= {"card.html", "manifest.json"}


# ---- the gate ----


def gate(world: World, tmp_path: Path, stubs: StubCluster, *options: str) -> tuple[int, str, ET.Element]:
    file = tmp_path / "contract.xml"
    words: list[str | Path] = [
        sys.executable,
        STEPS / "contract_gate.py",
        BIN / "hookline",
        file,
        "--tag",
        "two",
        *options,
    ]
    path = f"{stubs.programs}{os.pathsep}{PROGRAMS}"
    done = run(*words, cwd=world.root, PATH=path, DOCKER="no-engine")
    return done.returncode, done.stdout + done.stderr, ET.parse(file).getroot()  # noqa: S314 - our own


@pytest.fixture
def live(world: World, cluster: StubCluster) -> StubCluster:
    """Deploy the older model, whose contract is wider."""
    words: list[str | Path] = [BIN / "hookline", "deploy", "--model", world.older, "--tag", "one"]
    path = f"{cluster.programs}{os.pathsep}{PROGRAMS}"
    done = run(*words, cwd=world.root, PATH=path, DOCKER="no-engine")
    assert done.returncode == 0, done.stderr
    return cluster


def test_what_breaks_for_callers_is_a_failed_test_case_and_stops(
    world: World, live: StubCluster, tmp_path: Path
) -> None:
    code, said, suite = gate(world, tmp_path, live)
    assert code == 1
    assert re.search(r"^breaking petal_width: .*le 9", said, re.MULTILINE)
    assert said.endswith("error: pass ACCEPT_BREAKING=true once the callers know\n")
    failed = [case.get("name", "") for case in suite if case.find("failure") is not None]
    assert (suite.get("failures"), len(failed)) == ("1", 1)
    assert failed[0].startswith("petal_width: ")


def test_what_callers_know_of_passes_and_is_still_shown(
    world: World, live: StubCluster, tmp_path: Path
) -> None:
    code, said, suite = gate(world, tmp_path, live, "--accept-breaking")
    assert (code, suite.get("failures"), suite.get("tests")) == (0, "0", "2")
    assert said.endswith("1 breaking (accepted), 0 safe\n")


def test_the_first_release_breaks_nothing(world: World, cluster: StubCluster, tmp_path: Path) -> None:
    code, said, suite = gate(world, tmp_path, cluster)
    assert (code, suite.get("failures"), said) == (0, "0", "0 breaking, 0 safe\n")
