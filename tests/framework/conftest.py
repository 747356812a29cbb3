from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.helpers import make_project, make_regression
from tests.framework.legacy.files import make_legacy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a small classification project."""
    return make_project(tmp_path / "project")


@pytest.fixture
def regression(tmp_path: Path) -> Path:
    """Make a small regression project."""
    return make_regression(tmp_path / "regression")


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """Make a project of four files in the shape of older templates."""
    return make_legacy(tmp_path / "legacy")


@pytest.fixture(autouse=True)
def _no_source_left_behind() -> Iterator[None]:
    """Forget the hooks a test has imported, so that no test sees another's."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    for name in [name for name in sys.modules if name == "source" or name.startswith("source.")]:
        del sys.modules[name]
