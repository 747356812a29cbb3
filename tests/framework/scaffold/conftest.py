from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from hookline.scaffold import ways
from hookline.scaffold.create import create
from hookline.scaffold.names import Names
from hookline.scaffold.pack import own_wheel
from hookline.scaffold.wheel import Wheel, open_wheel
from hookline.scaffold.yours import Yours
from tests.framework.once import once
from tests.framework.scaffold.versions import Versions, build_versions

Make: TypeAlias = Callable[..., Path]


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Build two versions of hookline, and a major one."""
    return Versions.found_in(once("versions", tmp_path_factory, build_versions))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    """Build the wheel of this checkout."""
    (path,) = once("wheel", tmp_path_factory, own_wheel).iterdir()
    return open_wheel(path)


@pytest.fixture(scope="session")
def iris() -> Yours:
    """Return what an owner of iris begins with."""
    return ways.example("iris")


@pytest.fixture
def make(tmp_path: Path, iris: Yours) -> Make:
    """Return a function that makes a project of a version."""

    def project(wheel: Wheel, name: str = "churn", *, git: bool = True) -> Path:
        root = tmp_path / name
        create(root, iris, names=Names.of(root.name), wheel=wheel, git=git)
        return root

    return project
