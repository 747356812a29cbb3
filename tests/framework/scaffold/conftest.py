from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from hookline.scaffold.create import create
from hookline.scaffold.names import Names
from hookline.scaffold.wheel import Wheel
from hookline.scaffold.yours import Yours
from tests.framework.scaffold.versions import Versions, build_versions
from tests.house import ROOT

Make: TypeAlias = Callable[..., Path]


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Build two versions of hookline, and a major one."""
    return build_versions(tmp_path_factory.mktemp("versions"))


@pytest.fixture(scope="session")
def iris() -> Yours:
    """Return the root's own files."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in sorted((ROOT / "source").rglob("*"))
        if path.suffix in (".py", ".yaml")
    }
    body = (ROOT / "tests" / "prediction_test_case.json").read_bytes()
    return Yours("iris", {**files, "tests/prediction_test_case.json": body})


@pytest.fixture
def make(tmp_path: Path, iris: Yours) -> Make:
    """Return a function that makes a project of a version."""

    def project(wheel: Wheel, name: str = "churn", *, git: bool = True) -> Path:
        root = tmp_path / name
        create(root, iris, names=Names.of(root.name), wheel=wheel, git=git)
        return root

    return project
