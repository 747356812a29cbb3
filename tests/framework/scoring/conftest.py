from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TypeAlias

import pytest

from hookline.contract import Contract, parse_contract_text
from hookline.project import Project, open_project
from tests.framework.service.projects import MIXED_FEATURES, PROJECTS

Trained: TypeAlias = Callable[[str], Project]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return a trained project by its name in PROJECTS; trained once, so leave it as it is."""
    done: dict[str, Project] = {}

    def find(name: str) -> Project:
        if name not in done:
            root = tmp_path_factory.mktemp("scoring") / name.replace(" ", "-")
            PROJECTS[name](root)
            subprocess.run([sys.executable, "-m", "hookline.cli", "train", "-q"], cwd=root, check=True)
            done[name] = open_project(root, {})
        return done[name]

    return find


@pytest.fixture(scope="session")
def mixed() -> Contract:
    """Make a contract with a feature of every kind."""
    return parse_contract_text(MIXED_FEATURES, name="mixed")
