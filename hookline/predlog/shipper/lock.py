"""The election: whoever holds the lock ships, and the system takes it back from the dead."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self

__all__ = ["Lock", "holder", "is_free"]


class Lock:
    """Hold the lock of one journal directory."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file = file

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Take the lock; None if another process has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        os.ftruncate(file, 0)
        os.pwrite(file, b"%d\n" % os.getpid(), 0)
        return cls(path, file)

    @property
    def lost(self) -> bool:
        """Tell whether the file was deleted under us: another may lock a new one of that name."""
        try:
            return os.fstat(self._file).st_ino != self._path.stat().st_ino
        except FileNotFoundError:
            return True

    def release(self) -> None:
        """Let another take it."""
        os.close(self._file)


def is_free(path: Path) -> bool:
    """Tell whether nobody holds the lock."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(file)


def holder(path: Path) -> int | None:
    """Return the process that last took the lock, for messages."""
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    return None
