from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from hookline.contract import Contract, parse_contract_text
from hookline.project import Project, open_project
from tests.framework.service.projects import MIXED_FEATURES, trained_once

Trained: TypeAlias = Callable[[str], Project]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return a trained project by its name in PROJECTS; trained once, so leave it as it is."""
    return lambda name: open_project(trained_once(name, tmp_path_factory), {})


@pytest.fixture(scope="session")
def mixed() -> Contract:
    """Make a contract with a feature of every kind."""
    return parse_contract_text(MIXED_FEATURES, name="mixed")
