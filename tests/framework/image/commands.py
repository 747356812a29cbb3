"""Run `hookline …` in a project, as a script does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["CASE", "hookline"]

CASE = [
    {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    {"sepal_length": 6.0, "sepal_width": 2.9, "petal_length": 4.5, "petal_width": 1.5},
    {"sepal_length": 7.2, "sepal_width": 3.0, "petal_length": 5.8, "petal_width": 1.6},
]
"""The request of a trial: a row of each class."""


def hookline(root: Path, *words: str, environ: Mapping[str, str]) -> str:
    """Return what the command says; fail if it does."""
    command = [sys.executable, "-m", "hookline.cli", *words]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
