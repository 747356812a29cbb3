"""Every way to begin: its project's own tests, service, log, image and chart work with no other step."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from hookline.scaffold.examples import EXAMPLES
from tests.chain.chart import KUBERNETES
from tests.chain.engine import engine_or_skip
from tests.chain.environment import environment_once
from tests.chain.running import Program, eventually, program_of
from tests.chain.test_new import ask, environment, run
from tests.framework.legacy.older import make_older
from tests.framework.scaffold.tables.make import HERE, TABLES

WAYS = {
    **{name: ["--example", name] for name in EXAMPLES},
    **{
        f"table {name}": ["--from-data", str(HERE / f"{name}.csv"), "--target", target]
        for name, (_, target, _) in TABLES.items()
    },
    "older project": ["--from-project", "older"],
}
# Hard on scripts, on charts and on image names; each way has one of them.
NAMES = (
    "new",
    "churn-model",
    "Churn of customers",
    "3rd try",
    "Kündigung, Straße & Co.",
    "été_2026",
    "-o'dd-",
)
MARK = re.compile(r"\{\{|\}\}|\{%|<<<<<<<")


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have the environment of one project; the others have the same locks, so they may use it."""
    return environment_once(tmp_path_factory)


@pytest.mark.parametrize(
    ("way", "name"),
    [pytest.param(way, name, id=id_) for (id_, way), name in zip(WAYS.items(), cycle(NAMES), strict=False)],
)
def test_a_project_passes_its_tests_serves_logs_and_fills_an_image(
    way: list[str], name: str, venv: Path, tmp_path: Path
) -> None:
    if "older" in way:
        make_older(tmp_path / "older")
    project = tmp_path / name
    run(tmp_path, sys.executable, "-m", "hookline.cli", "new", project, *way)
    own = [path for name in ("source", "tests", "config.yaml", "README.md") for path in files(project / name)]
    assert [path for path in own if MARK.search(path.read_text(encoding="utf-8"))] == []
    assert re.search(r"\b[1-9]\d* passed", run(project, "make", "test", f"VENV={venv}"))

    body = (project / "tests" / "prediction_test_case.json").read_bytes()
    with Program(["make", "run", "PORT=0", f"VENV={venv}"], cwd=project, env=environment()) as service:
        address = service.wait_for(r"on (?P<url>http://[\d.]+:\d+)")["url"]
        answers = ask(f"{address}/api/predictions", body)
        assert len(answers) == len(json.loads(body))
        wanted = answers[0]["prediction_id"]
        eventually(lambda: wanted in json.dumps(ask(f"{address}/api/logs")))
    assert _image(project, venv)
    assert re.search(r"^kind: (StatefulSet|Deployment)$", _chart(project), re.MULTILINE)


def _image(project: Path, venv: Path) -> bool:
    """Build the image of a project; tell whether it answers as the model here does."""
    engine = engine_or_skip()
    name = f"hookline-ways/{os.environ.get('PYTEST_XDIST_WORKER', 'service')}"
    words = [f"VENV={venv}", f"DOCKER={engine}", f"IMAGE={name}", "TAG=chain"]
    try:
        said = run(project, "make", "image", "image-test", *words)
    finally:
        subprocess.run([engine, "image", "rm", f"{name}:chain"], check=False, capture_output=True)
    return "equal" in said and "exit code 0" in said


def _chart(project: Path) -> str:
    """Render the chart of a project with its own settings."""
    words = ["template", "mine", "helm", "-f", "config.yaml"]  # from there: Helm cuts paths at commas
    return run(project, program_of("helm"), *words, "--kube-version", KUBERNETES)


def files(path: Path) -> list[Path]:
    """List the files of a folder, or the file itself."""
    found = path.rglob("*") if path.is_dir() else [path]
    return [each for each in found if each.is_file() and each.suffix not in (".pyc", ".csv")]
