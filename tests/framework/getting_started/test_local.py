"""`make run`, and the script that calls it: with a `hookline` that only notes its words."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy what `make run` needs, beside an environment that is ready."""
    root = tmp_path / "project"
    (root / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", root)
    shutil.copytree(ROOT / "getting-started", root / "getting-started")
    (root / "locks").mkdir()
    for name in ("train.txt", "hookline.txt"):
        (root / "locks" / name).touch()
    for name in ("python", "hookline"):
        program = root / ".venv" / "bin" / name
        program.write_text('#!/bin/sh\necho "$(basename "$0")" "$@"\n')
        program.chmod(0o755)
    (root / ".venv" / ".train").touch()
    return root


@pytest.mark.parametrize(
    ("words", "served"),
    [
        (["make", "run"], "hookline serve"),  # where config.yaml says
        (["make", "run", "PORT=8000"], "hookline serve --port 8000"),
        (["getting-started/start_local_service.sh"], "hookline serve"),
        (["getting-started/start_local_service.sh", "0"], "hookline serve --port 0"),
    ],
)
def test_the_port_is_the_one_of_the_settings_unless_another_is_given(
    words: list[str], served: str, project: Path
) -> None:
    ours = ("PORT", "VENV", "PYTHON", "MAKE", "MFLAGS")  # of the make that runs the tests
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(words, cwd=project, env=clean, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [served]
