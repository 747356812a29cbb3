from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chain.containers import Engine
from tests.chain.engine import engine_or_skip
from tests.chain.lanes import Lanes, rank_of
from tests.chain.releases import Images, make_images
from tests.chain.table import Recorder
from tests.framework.helpers import make_project


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: rank_of(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:
    return Lanes(config, log) if config.option.dist == "loadfile" else None


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Train a small classification."""
    root = make_project(tmp_path / "project")
    subprocess.run([sys.executable, "-m", "hookline.cli", "train", "-q"], cwd=root, check=True)
    return root


@pytest.fixture(scope="session")
def release_engine() -> Iterator[Engine]:
    with contextlib.closing(Engine(engine_or_skip())) as found:
        yield found


@pytest.fixture(scope="session")
def images(release_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Images:
    return make_images(release_engine, tmp_path_factory)
