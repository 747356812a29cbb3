"""How long to wait before a sink is asked again: longer each time, never long, and never all at once."""

from __future__ import annotations

import random

__all__ = ["Backoff"]

_FIRST = 0.1
_MOST = 5.0


class Backoff:
    """Count failures in a row. There is no last try: what waits is bounded by the disk, not by time."""

    def __init__(
        self, *, first: float = _FIRST, most: float = _MOST, rng: random.Random | None = None
    ) -> None:
        self._first = first
        self._most = most
        self._random = rng or random.Random()  # noqa: S311 - spreads retries, hides nothing
        self.failures = 0

    def fail(self) -> float:
        """Note a failure; return the seconds to wait: between half of a doubling time and all of it."""
        full = min(self._most, self._first * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return self._random.uniform(full / 2, full)

    def succeed(self) -> None:
        """Begin anew."""
        self.failures = 0
