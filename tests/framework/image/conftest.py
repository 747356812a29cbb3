from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.framework.image.commands import CASE
from tests.framework.image.stub import Stub
from tests.framework.service.projects import trained_once
from tests.house import ROOT

MANAGED = (
    ".dockerignore",
    "dockerfiles",
    "getting-started",
    "locks",
    "main.py",
)


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """Have a container client that only pretends."""
    with closing(Stub(tmp_path / "stub")) as made:
        yield made


@pytest.fixture
def generated(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a trained project that has the framework as a wheel, as a generated one does."""
    others_log = shutil.ignore_patterns("var", "__pycache__")
    root = Path(shutil.copytree(trained_once("iris", tmp_path_factory), tmp_path / "iris", ignore=others_log))
    for name in MANAGED:
        path, place = ROOT / name, root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, place, ignore=shutil.ignore_patterns("__pycache__", "efk"))
        else:
            shutil.copy2(path, place)
    (root / "tests").mkdir(exist_ok=True)
    (root / "tests" / "prediction_test_case.json").write_text(json.dumps(CASE))
    (root / "vendor").mkdir()
    (root / "vendor" / "hookline-9.9.9-py3-none-any.whl").write_bytes(b"a wheel")
    return root
