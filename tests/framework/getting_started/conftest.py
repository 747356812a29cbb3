from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.getting_started.answering import Answering
from tests.framework.getting_started.stubs import Desk

__all__ = ["CONFIG", "desk", "service"]

CONFIG = "images:\n  registry: registry.example.com\ndeployment:\n  deployment_name: iris\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.configure(CONFIG)
    return desk


@pytest.fixture
def service() -> Iterator[Answering]:
    server = Answering()
    yield server
    server.shutdown()
    server.server_close()
