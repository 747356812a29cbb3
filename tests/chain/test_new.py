"""A new project by itself: its own environment, tests, service and update, as its owner would have them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.chain.running import Program, eventually
from tests.framework.scaffold.versions import NEW, build_versions, git

EXAMPLES = ("iris",)
NAME = "3 Kündigung's, & more"


def environment() -> dict[str, str]:
    """Return what a shell outside of this repository has."""
    ours = ("PYTHON", "COVERAGE", "MAKE", "MFLAGS", "VENV", "VIRTUAL_ENV", "HOOKLINE", "PYTEST")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run(folder: Path, *words: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module", params=EXAMPLES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project of an example, in a folder whose name is hard on scripts."""
    root = tmp_path_factory.mktemp("new") / NAME
    run(root.parent, sys.executable, "-m", "hookline.cli", "new", root, "--example", request.param)
    return root


def test_its_tests_pass_with_no_other_step(project: Path) -> None:
    said = run(project, "make", "test")
    assert re.search(r"\b[1-9]\d* passed", said)
    assert git(project, "status", "--porcelain") == ""


def test_it_serves_and_logs_with_no_other_step(project: Path) -> None:
    body = (project / "tests" / "prediction_test_case.json").read_bytes()
    with Program(["make", "run", "PORT=0"], cwd=project, env=environment()) as service:
        address = service.wait_for(r"on (?P<url>http://[\d.]+:\d+)")["url"]
        answers = ask(f"{address}/api/predictions", body)
        assert len(answers) == len(json.loads(body))
        wanted = {answer["prediction_id"] for answer in answers}
        eventually(
            lambda: wanted <= set(re.findall(r"[0-9a-f-]{36}", json.dumps(ask(f"{address}/api/logs"))))
        )


def ask(url: str, body: bytes | None = None) -> list[dict[str, str]]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - of ours, on loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        found: list[dict[str, str]] = json.load(answer)
        return found


def test_its_own_hookline_makes_the_same_projects(project: Path) -> None:
    own = project / ".venv" / "bin" / "hookline"
    assert run(project, own, "update", "--check").startswith("up to date")


def test_a_newer_version_comes_into_it_and_its_tests_pass_again(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    new = build_versions(tmp_path_factory.mktemp("versions")).new
    own = project / ".venv" / "bin" / "hookline"
    said = run(project, own, "update", "--to", new.path)
    assert re.search(r"\b[1-9]\d* passed", said), said  # of `make check`
    assert run(project, own, "--version").strip() == f"hookline {NEW}"
    assert re.search(r"\b[1-9]\d* passed", run(project, "make", "test"))
    assert git(project, "status", "--porcelain") == ""
