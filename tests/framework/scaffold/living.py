"""Bring a new project's files to life: write, check, train, serve and ask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hookline.contract.sample import sample_rows
from hookline.hooks.source import forget_source
from hookline.project import open_project
from hookline.scaffold.yours import Yours
from hookline.training import TrainResult
from tests.framework.check.inprocess import first_failure
from tests.framework.service.running import serve
from tests.framework.trained import train_here

__all__ = ["answer", "assert_tidy", "settle", "trained"]


def settle(yours: Yours, root: Path) -> Path:
    """Write the files of a new project into `root` and return it."""
    for name, content in yours.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def trained(root: Path) -> TrainResult:
    """Let the project pass the check, and train it."""
    forget_source()
    failure = first_failure(root, n_rows=120)
    assert failure is None, failure
    return train_here(root)


def answer(root: Path, rows: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Serve the project, send rows (generated ones, if none are given), and return what it answers."""
    rows = sample_rows(open_project(root, {}).contract, 3) if rows is None else rows
    with serve(root) as service:
        found = service.ask("POST", "/api/predictions", rows)
        assert found.status == 200, found.body
        answers: list[dict[str, Any]] = found.json()
    assert len(answers) == len(rows)
    return answers


def assert_tidy(root: Path) -> None:
    """Let a formatter and a linter like the drafted code."""
    rules = ["--isolated", "--no-cache", "--line-length", "110", str(root / "source")]
    for words in (["format", "--check"], ["check", "--select", "I,E,F,UP,B,C4,SIM,RET"]):
        command = [sys.executable, "-m", "ruff", *words, *rules]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
