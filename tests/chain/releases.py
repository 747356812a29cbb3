"""Images of releases that follow each other: made once, for several files of tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chain.containers import Engine
from tests.framework.service.projects import trained_once

__all__ = ["Images", "make_images"]

NAME = "hookline-upgrade-test/service"


@dataclass(frozen=True)
class Images:
    """An image of each of two models of a project, and one whose model is damaged."""

    root: Path
    one: str
    two: str
    broken: str


def make_images(engine: Engine, factory: pytest.TempPathFactory) -> Images:
    """Train twice, and build."""
    folder = factory.mktemp("images")
    root = Path(shutil.copytree(trained_once("iris", factory), folder / "project"))
    one = engine.build(root / "model_bin", NAME, "one")
    subprocess.run([sys.executable, "-m", "hookline.cli", "train", "-q"], cwd=root, check=True)
    two = engine.build(root / "model_bin", NAME, "two")
    broken = engine.change(
        two, "for file in /app/model_bin/*/*.onnx; do echo >>$file; done", "broken", folder / "b"
    )
    return Images(root, one, two, broken)
