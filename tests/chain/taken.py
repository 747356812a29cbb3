"""Note which parts are taken, and by whom: a test, or a fixture that several tests share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["take", "taking"]

_open: list[set[str]] = []


def take(name: str) -> None:
    """Note that a part is used by everybody who is at work now."""
    for taken in _open:
        taken.add(name)


@contextlib.contextmanager
def taking() -> Iterator[set[str]]:
    """Gather what is taken while the block runs."""
    taken: set[str] = set()
    _open.append(taken)
    try:
        yield taken
    finally:
        _open.pop()
