from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import pytest

from hookline.cli import main


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
