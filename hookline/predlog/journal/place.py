"""The folder of one writer: seen by others once its lock is held, and a dead one's when it is not."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from hookline.predlog.journal.counts import COUNTS, Counts
from hookline.predlog.journal.read import LOCK

__all__ = ["Place", "sync_files", "sync_path"]


@dataclass(frozen=True, slots=True)
class Place:
    """Hold a writer's folder, its lock and its counts."""

    folder: Path
    counts: Counts
    lock: int

    @classmethod
    def make(cls, journal: Path) -> Self:
        """Make a new folder; its name sorts by time."""
        journal.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        folder = journal / f"{stamp}-{os.getpid()}-{secrets.token_hex(3)}"
        draft = journal / f".{folder.name}"
        draft.mkdir(mode=0o700)
        lock = -1
        try:
            lock = os.open(draft / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            counts = Counts(draft / COUNTS)
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            if lock >= 0:
                os.close(lock)
            raise
        return cls(folder, counts, lock)

    @property
    def lost(self) -> bool:
        """Tell whether somebody removed or replaced the folder under us."""
        try:
            return not os.path.samestat((self.folder / LOCK).stat(), os.fstat(self.lock))
        except OSError:
            return True

    def close(self) -> None:
        """Let go of it: from now on others may finish what is written there."""
        self.counts.close()
        os.close(self.lock)

    def remove(self) -> None:
        """Take back a place in which nothing was written."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def sync_files(paths: Sequence[Path]) -> None:
    """Make files and their names survive power loss; what is shipped and removed by now need not."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            sync_path(path)
    for folder in {path.parent for path in paths}:
        with contextlib.suppress(FileNotFoundError):
            sync_path(folder)


def sync_path(path: Path) -> None:
    """Make the names in a folder, or the bytes of a file, survive power loss."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
