"""The environment of a new project, made of this repository's own, whose locks hold the same versions.

`make setup` would install all of it; that is tried where it is the question (test_new.py).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

__all__ = ["environment_once"]

_STAMPS = (".train", ".dev")
_LATER = 4_102_444_800


def environment_once(factory: pytest.TempPathFactory) -> Path:
    """Return the environment of a new project, made once for a whole test run: leave it as it is."""
    base = factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "environment"
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        venv = root / "project" / ".venv"
        if not (venv / _STAMPS[-1]).exists():
            shutil.rmtree(root, ignore_errors=True)  # of an attempt that failed
            words = ["-m", "hookline.cli", "new", str(venv.parent), "--example", "iris"]
            root.mkdir()
            subprocess.run([sys.executable, *words], check=True, capture_output=True)
            _copy(venv.parent, venv)
    return venv


def _copy(project: Path, target: Path) -> None:
    """Copy the packages that the project's locks name, and install its own hookline, as its Makefile does."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", target], check=True)
    (packages,) = target.glob("lib/python3*/site-packages")
    for requirement in _locked(project / "locks" / "dev.txt"):
        found = distribution(requirement.name)
        assert requirement.specifier.contains(found.version), f"{requirement}, but here is {found.version}"
        for file in found.files or ():
            if ".." not in file.parts:
                _bring(Path(str(found.locate_file(file))), packages / file)
    words = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    words += ["--no-deps", "--require-hashes", "--no-index", "--find-links", "vendor"]
    words += ["--requirement", "locks/hookline.txt"]
    subprocess.run(words, cwd=project, check=True)
    for stamp in _STAMPS:  # newer than the locks of any project, which are the same
        (target / stamp).touch()
        os.utime(target / stamp, (_LATER, _LATER))


def _locked(lock: Path) -> Iterator[Requirement]:
    for line in re.findall(r"^[\w.-]+==[^\\\n]*", lock.read_text(encoding="utf-8"), re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement


def _bring(source: Path, target: Path) -> None:
    if not source.exists():  # bytecode that was never written
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # on another disk
        shutil.copy2(source, target)
