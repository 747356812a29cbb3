"""SIGTERM, which a pipeline sends when its build is aborted."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

__all__ = ["stoppable"]


class _Stopped(KeyboardInterrupt):
    """SIGTERM came."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM interrupt the block as Ctrl-C does; the exit code is 143 then."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except _Stopped:
        raise typer.Exit(128 + signal.SIGTERM) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(*_: object) -> NoReturn:
    raise _Stopped
