from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.framework.once import once
from tests.framework.service.runner.variants import make_variants


@pytest.fixture(scope="session")
def trained_variants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the three models that answer differently, once."""
    return once("variants", tmp_path_factory, make_variants)


@pytest.fixture
def variants(trained_variants: Path, tmp_path: Path) -> Path:
    """Return a copy of the project with three models, to do with it as a test likes."""
    return Path(shutil.copytree(trained_variants, tmp_path / "variants"))
