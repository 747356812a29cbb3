"""Times as the log writes them: UTC, to the microsecond."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Write the time now; the part down to the second is made once a second."""

    def __init__(self, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._now = nanoseconds
        # One value, replaced as a whole: several threads may ask at once.
        self._written = (-1, "")

    def __call__(self) -> str:
        """Return such as 2026-11-21T12:00:00.123456Z."""
        second, rest = divmod(self._now(), 1_000_000_000)
        known, written = self._written
        if second != known:
            written = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._written = second, written
        return f"{written}.{rest // 1000:06d}Z"
