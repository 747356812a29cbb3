"""How many rows each caller may still have predicted, the same for all workers of a service."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path
from time import monotonic

__all__ = ["Bucket", "Buckets"]

_STATE = struct.Struct("dd")


class Buckets:
    """Keep a bucket for each caller: in files of `folder`, or, without one, for this worker alone."""

    def __init__(self, rate: float, folder: Path | None, *, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._folder = folder
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def take(self, caller: str, rows: int) -> float:
        """Take rows from the caller's bucket; return 0, or the seconds to wait if there are too few."""
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = Bucket(self._rate, self._file(caller))
        return bucket.take(rows, self._clock())

    def close(self) -> None:
        """Let go of the files."""
        for bucket in self._buckets.values():
            bucket.close()

    def _file(self, caller: str) -> int | None:
        if self._folder is None:
            return None
        name = hashlib.sha256(caller.encode()).hexdigest()[:32]
        with contextlib.suppress(OSError):  # without a file the bucket is this worker's alone
            return os.open(self._folder / f"{name}.bucket", os.O_RDWR | os.O_CREAT, 0o600)
        return None


class Bucket:
    """Hold the rows of one second, filled by time. A larger request passes when it is full, on credit."""

    def __init__(self, rate: float, file: int | None = None) -> None:
        self._rate = rate
        self._file = file
        self._state = b""

    def take(self, rows: int, now: float) -> float:
        """Take rows at the time `now`; return 0, or the seconds to wait if there are too few."""
        if self._file is None:
            return self._take(rows, now)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            self._state = os.pread(self._file, _STATE.size, 0)
            wait = self._take(rows, now)
            with contextlib.suppress(OSError):  # a full disk is no reason to refuse callers
                os.pwrite(self._file, self._state, 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return wait

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self, rows: int, now: float) -> float:
        rate = self._rate
        held, at = _STATE.unpack(self._state) if self._state else (rate, now)
        held = min(rate, held + max(0.0, now - at) * rate)
        needed = min(rows, rate)
        wait = 0.0 if held >= needed else (needed - held) / rate
        self._state = _STATE.pack(held if wait else held - rows, now)
        return wait
