"""The linter and the scan of the pipelines where they are not installed: in containers, with a real engine.

Their own images cannot be pulled everywhere, so images of those names are made from the same programs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.chain.engine import engine_or_skip
from tests.chain.images import copy_project
from tests.chain.running import program_of
from tests.house import ROOT


def build(engine: str, image: str, folder: Path, dockerfile: str) -> None:
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    words: list[str | Path] = [engine, "build", "--quiet", "--tag", image, folder]
    subprocess.run(words, env={**os.environ, "DOCKER_BUILDKIT": "1"}, check=True, capture_output=True)


@pytest.fixture(scope="module")
def engine() -> str:
    return engine_or_skip(with_base=False)


@pytest.fixture(scope="module")
def environment(engine: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Make the images, and a PATH without the programs."""
    images = {}
    for name, start in (("hadolint", "CMD"), ("trivy", "ENTRYPOINT")):
        folder = tmp_path_factory.mktemp(name)
        shutil.copy2(program_of(name), folder)
        text = f'FROM scratch\nWORKDIR /tmp\nCOPY {name} /bin/{name}\n{start} ["{name}"]\n'
        build(engine, f"hookline/{name}-stand-in", folder, text)
        images[f"{name.upper()}_IMAGE"] = f"hookline/{name}-stand-in"
    # No database of weaknesses can be fetched here.
    own = {"PATH": "/usr/bin:/bin", "DOCKER": engine, "VENV": str(ROOT / ".venv"), "SCANNERS": "secret"}
    return {name: value for name, value in os.environ.items() if name == "DOCKER_HOST"} | own | images


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = copy_project(tmp_path / "project")
    shutil.copytree(ROOT / "jenkins", root / "jenkins")
    (root / "pyproject.toml").unlink()
    return root


def run(project: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_dockerfiles_are_linted(project: Path, environment: dict[str, str]) -> None:
    done = run(project, environment, "jenkins/steps/lint.sh")
    assert (done.returncode, done.stdout.count(": no findings")) == (0, 2), done.stdout + done.stderr
    with (project / "dockerfiles" / "runtime-image" / "Dockerfile").open("a") as file:
        file.write("RUN cd /tmp && sudo rm x\n")
    done = run(project, environment, "jenkins/steps/lint.sh")
    assert (done.returncode, "DL3004" in done.stdout) == (1, True)


def test_python_mistakes_are_found_and_style_is_the_projects_own(
    project: Path, environment: dict[str, str]
) -> None:
    file = project / "source" / "model" / "train.py"
    file.write_text(file.read_text(encoding="utf-8") + "X=1 ;Y = 2\n", encoding="utf-8")
    assert run(project, environment, "jenkins/steps/lint.sh").returncode == 0
    file.write_text(file.read_text(encoding="utf-8") + "print(no_such_name)\n", encoding="utf-8")
    done = run(project, environment, "jenkins/steps/lint.sh")
    assert (done.returncode, "no_such_name" in done.stdout) == (1, True)


def test_a_secret_in_an_image_is_found(
    engine: str, project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    def scan(name: str, text: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "settings.env").write_text(text, encoding="utf-8")
        build(engine, f"hookline/scan-{name}:chain", folder, "FROM scratch\nCOPY settings.env /app/\n")
        return run(project, environment, "jenkins/steps/scan.sh", f"hookline/scan-{name}", "chain")

    clean = scan("clean", "COLOUR=blue\n")
    assert clean.returncode == 0, clean.stderr
    assert clean.stdout.endswith("hookline/scan-clean:chain: no findings\n")
    leak = scan("leak", f"GITHUB_TOKEN=ghp_{'a1B2c3D4' * 4}e5F6\n")
    assert (leak.returncode, "settings.env" in leak.stdout) == (1, True)
