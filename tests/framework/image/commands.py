"""Run `hookline …` in a project, as a script does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["hookline"]


def hookline(root: Path, *words: str, environ: Mapping[str, str]) -> str:
    """Return what the command says; fail if it does."""
    command = [sys.executable, "-m", "hookline.cli", *words]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
