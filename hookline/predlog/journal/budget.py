"""How much more may be written: what the settings allow to the journal, and what the disk has."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hookline.predlog.journal.read import writers

__all__ = ["Budget", "journal_bytes"]

_STRIDE = 1 << 20
"""Bytes after which a writer looks again, for others write too."""
_AGAIN, _AGAIN_WHEN_FULL = 1.0, 0.05
"""Seconds after which it does."""


class Budget:
    """Know what one writer may still write. The journal may pass its limit by a stride for each writer."""

    def __init__(self, journal: Path, *, most: int, free: int) -> None:
        self.why = ""
        self._journal = journal
        self._most = most
        self._free = free
        self._left = 0
        self._due = -1.0
        self._full = False

    def due(self, now: float) -> bool:
        """Tell whether it is time to look at the disk again."""
        return now >= self._due

    def take(self, size: int, now: float) -> bool:
        """Tell whether `size` more bytes may be written, and take them; if they may not, `why` says so."""
        if now >= self._due or (size > self._left and not self._full):
            self._look(size, now)
        if size > self._left:
            return False
        self._left -= size
        return True

    def _look(self, size: int, now: float) -> None:
        disk = os.statvfs(self._journal)
        rooms = {
            f"the journal has reached prediction_log.max_bytes ({self._most})": self._most
            - journal_bytes(self._journal),
            f"the disk has no more than prediction_log.min_free_bytes left ({self._free})": disk.f_bavail
            * disk.f_frsize
            - self._free,
        }
        self.why = min(rooms, key=rooms.__getitem__)
        room = rooms[self.why]
        self._left = max(0, min(room, max(_STRIDE, size)))
        self._full = size > self._left
        self._due = now + (_AGAIN_WHEN_FULL if self._full else _AGAIN)


def journal_bytes(journal: Path) -> int:
    """Add up the sizes of all segments; what is removed meanwhile does not count."""
    return sum(_sizes(journal))


def _sizes(journal: Path) -> Iterator[int]:
    for writer in writers(journal):
        # The shipper removes segments and whole folders meanwhile: `glob` over both would fail for them all.
        with contextlib.suppress(FileNotFoundError):
            for segment in writer.glob("*.jsonl"):
                with contextlib.suppress(FileNotFoundError):
                    yield segment.stat().st_size
