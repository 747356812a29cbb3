from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.framework.service.browser import Browser, browser
from tests.framework.service.projects import trained_once
from tests.framework.service.running import Running, serve

Trained: TypeAlias = Callable[[str], Path]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return the folder of a trained project by its name in PROJECTS; trained once, so leave it as it is."""
    return lambda name: trained_once(name, tmp_path_factory)


@pytest.fixture
def copy_of(trained: Trained, tmp_path: Path) -> Trained:
    """Return a copy of a trained project without a log, to do with it as a test likes."""

    def make(name: str) -> Path:
        there = tmp_path / name.replace(" ", "-")
        return Path(shutil.copytree(trained(name), there, ignore=shutil.ignore_patterns("var")))

    return make


@pytest.fixture(scope="session")
def mixed(trained: Trained) -> Iterator[Running]:
    """Run the service of the mixed contract, with small limits, for all tests that leave it as it is."""
    with serve(
        trained("mixed"), max_rows=100, max_body_bytes=65_536, ID_NAME="row_id", max_header_bytes=4096
    ) as running:
        yield running


@pytest.fixture(scope="session")
def iris(trained: Trained) -> Iterator[Running]:
    """Run the service of the example project for all tests that leave it as it is."""
    with serve(trained("iris")) as running:
        yield running


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Run one browser for all tests; each opens a page of its own."""
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found
