from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.framework.docs.manual import Page
from tests.framework.service.projects import trained_once
from tests.house import ROOT

ReadPage: TypeAlias = Callable[[str], None]
KEPT = ("getting-started", "jenkins", "Makefile", "framework.mk", "pyproject.toml", "locks", "hookline")


@pytest.fixture
def iris(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """Make a copy of this project, with its model trained."""
    found, others_log = trained_once("iris", tmp_path_factory), shutil.ignore_patterns("var")
    project = Path(shutil.copytree(found, tmp_path / "iris", ignore=others_log))
    for name in KEPT:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(path, project / name)
    # The copy uses this environment as it is: make must not find it older than the copy's locks and renew it.
    for path in (project / "pyproject.toml", *(project / "locks").iterdir()):
        os.utime(path, (0, 0))
    return project


@pytest.fixture
def read_page(iris: Path) -> ReadPage:
    """Do what a page shows, in a copy of this project."""

    def read(page: str) -> None:
        if page == "README.md":
            shutil.rmtree(iris / "model_bin")
        Page(page, iris).run((ROOT / page).read_text(encoding="utf-8"))

    return read
