from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chain.table import Recorder
from tests.framework.helpers import make_project


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder())


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Train a small classification."""
    root = make_project(tmp_path / "project")
    subprocess.run([sys.executable, "-m", "hookline.cli", "train", "-q"], cwd=root, check=True)
    return root
