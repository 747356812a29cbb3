from __future__ import annotations

from pathlib import Path

import pytest

from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from tests.framework.helpers import make_project
from tests.framework.models.parts import FEATURES, TRAIN, Parts, make_parts


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the project that the small model belongs to."""
    return make_project(tmp_path_factory.mktemp("home"), features=FEATURES, train=TRAIN)


@pytest.fixture(scope="session")
def parts(home: Path) -> Parts:
    """Train the small model, once."""
    return make_parts(home)


@pytest.fixture
def policy(home: Path) -> LoadPolicy:
    """Make the rules of the project `home`."""
    return LoadPolicy(root=home)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """Make an empty store."""
    return ModelStore(tmp_path / "model_bin")
