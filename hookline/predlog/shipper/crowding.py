"""How long a thread waited for a processor, and the rest it takes for that.

A processor that has a thread of the idle class to run does not look for other work at once: somebody may
wait for one processor while ours keeps another from helping. Resting as long as it waited sets that one free.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

__all__ = ["LONGEST_REST", "Crowding"]

_SEEN = Path("/proc/thread-self/schedstat")
LONGEST_REST = 0.1


class Crowding:
    """Look at the thread that asks; it must always be the same."""

    def __init__(self) -> None:
        self._before = _waited()

    def rest(self) -> float:
        """Return the seconds to rest for what was waited since this was last asked."""
        before, self._before = self._before, _waited()
        return min(LONGEST_REST, self._before - before)


def _waited() -> float:
    """Return for how many seconds this thread could have run and had no processor; 0 where nobody counts."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_SEEN.read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0
