"""The journal as its writer sees it: one `write` per call, and either all of its records hold or none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Self
from weakref import WeakSet

from hookline.config import Settings
from hookline.errors import NotLoggedError
from hookline.predlog.journal.budget import Budget
from hookline.predlog.journal.volume import Rolling, Volume
from hookline.predlog.places import Places

__all__ = ["Journal"]

_AGAIN = 0.25
"""Seconds after which a journal that could not be opened is tried again."""
_SHARE = 8
"""A segment takes at most this part of the journal: only what is finished can be removed."""


class Journal:
    """Write one process's records below `folder`, into a place of its own that is made with the first.

    Whatever goes wrong with the disk is tried again with the next records. A fork makes its own place. Not
    safe to be called by several threads at once.
    """

    def __init__(
        self,
        folder: Path,
        rolling: Rolling | None = None,
        *,
        most: int = 1 << 30,
        free: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._rolling = rolling or Rolling()
        self._clock = clock
        self._budget = Budget(folder, most=most, free=free)
        self._volume: Volume | None = None
        self._dropped = 0
        self._trouble: OSError | None = None
        self._again = 0.0
        _forkable().add(self)

    @classmethod
    def of(cls, settings: Settings, root: Path) -> Self:
        """Make the journal of the project in `root`."""
        log = settings.prediction_log
        size = min(log.segment_bytes, log.max_bytes // _SHARE)
        rolling = Rolling(size, log.segment_seconds, sync=log.durability == "fsync")
        return cls(Places.of(settings, root).journal, rolling, most=log.max_bytes, free=log.min_free_bytes)

    @property
    def place(self) -> Path | None:
        """Return the folder of this writer, if there is one yet."""
        return None if self._volume is None else self._volume.folder

    def append(self, data: bytes, records: int, *, loss: int = 0) -> None:
        """Write so many lines, each with its newline; they hold when this returns.

        Otherwise raise `NotLoggedError`: none of them was written, and `loss` records count as dropped.
        """
        now = self._clock()
        try:
            self._ready(len(data), now).add(data, records, now)
        except OSError as error:
            self._drop(loss)
            if self._volume is not None:
                self._volume.finish()
            raise _refusal(error.strerror or str(error)) from error
        except NotLoggedError:
            self._drop(loss)
            raise

    def touched(self) -> list[Path]:
        """Name the files that were written since this was last asked; `sync_files` is for them."""
        return [] if self._volume is None else self._volume.touched()

    def close(self) -> None:
        """End the writer; what it wrote stays, and others may take it on."""
        if self._volume is not None:
            self._volume.close()
            self._volume = None

    def _ready(self, size: int, now: float) -> Volume:
        budget, volume = self._budget, self._volume
        if volume is not None and budget.due(now) and volume.lost:
            self.close()
            volume = None
        if volume is None:
            volume = self._volume = self._open(now)
        if not budget.take(size, now):
            volume.finish()
            raise _refusal(budget.why)
        return volume

    def _open(self, now: float) -> Volume:
        if self._trouble is not None and now < self._again:
            # Without the traceback of before: it would grow, and hold the records of each call.
            raise self._trouble.with_traceback(None)
        try:
            volume = Volume(self.folder, self._rolling)
        except OSError as error:
            self._trouble, self._again = error, now + _AGAIN
            raise
        volume.drop(self._dropped)
        self._trouble, self._dropped = None, 0
        return volume

    def _drop(self, records: int) -> None:
        if self._volume is None:
            self._dropped += records
        else:
            self._volume.drop(records)


def _refusal(why: str) -> NotLoggedError:
    return NotLoggedError(f"the prediction log takes no records now: {why}")


@cache
def _forkable() -> WeakSet[Journal]:
    """Return the journals of this process, which a fork must not go on writing, nor hold the locks of."""
    journals: WeakSet[Journal] = WeakSet()

    def forget() -> None:
        for journal in journals:
            journal.close()

    os.register_at_fork(after_in_child=forget)
    return journals
