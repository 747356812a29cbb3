"""Hooks that take their process with them: the command stays, and says where it happened."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookline.check import Finding, Report, check_hooks
from tests.framework.helpers import LOADER, make_project

GIB = 2**30

LIGHT = """\
import ctypes, os, signal, time

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def process_X(self, X):
        print('one row at a time')
        return X


def train_model(X_processed, y_processed):
    raise NotImplementedError


def get_classes(model):
    return list(model.classes_)
"""
"""Hooks that load no scikit-learn, so that a child of the check is soon where it is to be hurt."""


@dataclass(frozen=True)
class Deadly:
    """Put `code` into process_X, on the line that is to be named."""

    name: str
    code: str
    came: str
    remedy: str
    exact: bool = True

    def write(self, root: Path) -> Path:
        """Write the project."""
        return make_project(
            root, train=LIGHT.replace("        return X\n", f"        {self.code}\n        return X\n")
        )


CASES = [
    Deadly("a crash in C", "ctypes.string_at(0)", "killed by SIGSEGV", "a crash in a compiled library"),
    Deadly("os.abort", "os.abort()", "killed by SIGABRT", "a crash in a compiled library"),
    Deadly("os._exit(0)", "os._exit(0)", "exit code 0", "os._exit", exact=False),
    Deadly(
        "a kill", "os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL (out of memory?)", "memory", exact=False
    ),
    Deadly("a loop without end", "while True: pass", "none", "allow more time with --timeout"),
    Deadly("a call that never returns", "time.sleep(3600)", "none", "a slow source"),
    Deadly("too much memory", "bytearray(1 << 40)", "MemoryError", "take less at a time"),
]


def failure(report: Report) -> Finding:
    (finding,) = report.of("failed")
    return finding


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_ends_the_process_is_a_finding_like_any_other(case: Deadly, tmp_path: Path) -> None:
    root = case.write(tmp_path)
    report = check_hooks(root, n_rows=50, timeout=2, memory=4 * GIB)
    finding = failure(report)
    lines = (root / "source/model/train.py").read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if case.code in text)
    assert finding.step == "process_X"
    assert finding.where == f"source/model/train.py:{line if case.exact else line - 2}"
    assert case.came in finding.came
    assert case.remedy in finding.remedy
    # What a killed process has not flushed is lost; what it has is shown.
    assert finding.printed in ("", "one row at a time") or "Fatal Python error" in finding.printed
    assert {each.step for each in report.of("skipped")} >= {"request", "train_model", "storage"}


def test_prints_are_kept_apart_by_step_and_cut(tmp_path: Path) -> None:
    train = LIGHT.replace("    raise", "    os.write(1, b'y' * 10_000_000)\n    raise")
    root = make_project(
        tmp_path,
        loader="print('module \\x1e odd \\x1e')\n"
        + LOADER.replace("        n = ", "        print('loading')\n        n = "),
        train=train,
    )
    report = check_hooks(root, n_rows=50)
    assert failure(report).came == "NotImplementedError"
    printed = {each.step: each.printed for each in report.findings if each.printed}
    assert printed["load_data"] == "loading"
    assert printed["train_model"] == "..." + "y" * 2000
    assert printed["loader"].startswith("module")


@pytest.mark.slow
def test_a_hook_that_closes_the_output_is_checked_to_the_end(tmp_path: Path) -> None:
    loader = "import os, sys\nsys.__stdout__.close()\nsys.stderr = None\n" + LOADER
    report = check_hooks(make_project(tmp_path, loader=loader), n_rows=50)
    assert report.ok, report.of("failed")


def test_a_process_that_a_hook_leaves_behind_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    train = (
        LIGHT + "\n\nif os.fork() == 0:\n"
        f"    open({str(pid_file)!r}, 'w').write(str(os.getpid()))\n    time.sleep(3600)\n"
        f"while not os.path.exists({str(pid_file)!r}): time.sleep(0.01)\n"
    )
    began = time.monotonic()
    report = check_hooks(make_project(tmp_path, train=train), n_rows=50)
    assert failure(report).came == "NotImplementedError"
    assert time.monotonic() - began < 50
    pid = int(pid_file.read_text())
    while time.monotonic() - began < 50 and _lives(pid):
        time.sleep(0.02)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    # A zombie has ended; its new parent has just not asked for it yet.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_probe_that_cannot_even_start_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "pandas.py").write_text("raise RuntimeError('pandas is not itself today')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    finding = failure(check_hooks(make_project(tmp_path / "project"), n_rows=50))
    assert finding.step == "check"
    assert finding.came == "the process ended with exit code 1"
    assert "pandas is not itself today" in finding.printed


def test_ctrl_c_ends_the_hooks_too(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    loader = (
        "import os, time\n"
        f"open({str(pid_file)!r} + '.new', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(pid_file)!r} + '.new', {str(pid_file)!r})\ntime.sleep(3600)\n"
    )
    root = make_project(tmp_path / "project", loader=loader)
    command = subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", "check", "-C", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not pid_file.exists():
        assert command.poll() is None
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    _, error = command.communicate(timeout=30)
    assert command.returncode == 130
    assert "Traceback" not in error
    assert not _lives(int(pid_file.read_text()))
