"""Build images of real projects with a real engine, and look into them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookline.scaffold.pack import export
from tests.house import ROOT

__all__ = ["Built", "build", "copy_checkout", "copy_project", "forget", "holds", "inspected", "size"]

_MANAGED = (
    *(".dockerignore", "Makefile", "config.yaml", "dockerfiles", "getting-started", "locks", "main.py"),
    *("pyproject.toml", "source", "tests/prediction_test_case.json"),
)


@dataclass(frozen=True)
class Built:
    """Be an image, the project it was built of, and what the build said."""

    project: Path
    image: str
    said: str


def copy_project(target: Path) -> Path:
    """Copy what a project is made of, without a model and without the framework."""
    for name in _MANAGED:
        path = ROOT / name
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, place, ignore=shutil.ignore_patterns("__pycache__", "kibana"))
        else:
            shutil.copy2(path, place)
    return target


def copy_checkout(target: Path, trained: Path | None = None) -> Path:
    """Copy this repository as a clone has it, with the models of a trained project if there is one."""
    export(ROOT, target)
    if trained is not None:
        shutil.copytree(trained / "model_bin", target / "model_bin", dirs_exist_ok=True)
    return target


def run(words: list[str], folder: Path, **environ: str) -> str:
    """Run a program of the project; return what it says."""
    found = {**os.environ, "VENV": str(ROOT / ".venv"), **environ}
    done = subprocess.run(
        words,
        cwd=folder,
        env=found,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def build(project: Path, engine: str, kind: str, name: str, **environ: str) -> Built:
    """Run the project's own build.sh."""
    words = [f"dockerfiles/{kind}-image/build.sh", name, "chain"]
    said = run(words, project, DOCKER=engine, **environ)
    return Built(project, f"{name}:chain", said)


def forget(engine: str, built: Built) -> None:
    """Remove the image; the engine keeps its layers for the next build."""
    subprocess.run([engine, "image", "rm", built.image], check=False, capture_output=True)


def inspected(engine: str, image: str) -> Any:
    """Return what the engine knows of an image."""
    done = subprocess.run([engine, "image", "inspect", image], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)[0]


def size(engine: str, image: str) -> float:
    """Return how large an image is, in MB."""
    return float(inspected(engine, image)["Size"]) / 1e6


def holds(engine: str, image: str, *wanted: bytes) -> set[bytes]:
    """Return which of the words stand anywhere in an image: in a file of any layer, or in its history."""
    found: set[bytes] = set()
    most = max(map(len, wanted))
    with subprocess.Popen([engine, "save", image], stdout=subprocess.PIPE) as saving:
        assert saving.stdout is not None
        before = b""
        while chunk := saving.stdout.read(8 * 1024 * 1024):
            whole = before + chunk
            found |= {word for word in wanted if word in whole}
            before = whole[-most:]
    assert saving.returncode == 0
    return found
