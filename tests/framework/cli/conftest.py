from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from hookline.cli import main
from tests.framework.service.projects import trained_once


class Done(NamedTuple):
    """What a command left: its exit code, what it said, and its errors."""

    code: object
    said: str
    errors: str


Hookline: TypeAlias = Callable[..., Done]


@pytest.fixture
def hookline(capsys: pytest.CaptureFixture[str]) -> Hookline:
    """Return a function that runs `hookline …` in this process."""

    def run(*words: object) -> Done:
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        return Done(caught.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def copy_of(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that copies a trained project without a log, to do with it as a test likes."""
    others_log = shutil.ignore_patterns("var")

    def make(name: str) -> Path:
        found = trained_once(name, tmp_path_factory)
        return Path(shutil.copytree(found, tmp_path / name, ignore=others_log))

    return make
