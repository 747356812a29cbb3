"""Numbers that outlive the worker that counts them: shared memory, one place per worker.

A place is free when nobody holds its lock, and the kernel lets go of a dead worker's lock. Whoever takes the
place next goes on counting where the dead one stopped: nothing is lost, and there are never more files than
there were workers at one time.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import mmap
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

__all__ = ["FOLDER", "Cells", "Key", "Ledger", "read_ledgers"]

FOLDER = "HOOKLINE_METRICS_DIR"
"""The environment variable that names the folder which the workers of one service share."""

Key: TypeAlias = tuple[str, ...]

_NUMBER = 8
_MOST = 2048


class Cells:
    """Hold rows of numbers: in one file their names, line by line, in another their values, side by side."""

    def __init__(self, path: Path | None, *, fresh: bool = False) -> None:
        self._names = None if path is None else path.with_suffix(".names").open("wb" if fresh else "ab")
        self._starts: dict[Key, int] = {}
        self._used = 0
        if path is None:
            self._memory = mmap.mmap(-1, _MOST * _NUMBER)
        else:
            self._memory = _mapped(path.with_suffix(".values"), fresh=fresh)
            for key, start, width in _named(path):
                self._starts[key], self._used = start, start + width
        self.values = memoryview(self._memory).cast("d")

    def start(self, key: Key, width: int = 1) -> int:
        """Return where the row `key` begins; a new one is `width` zeros."""
        start = self._starts.get(key)
        if start is None:
            start = self._starts[key] = self._used
            self._used += width
            if self._names is not None:
                # On a full disk it stays in the buffer, and is written with the next.
                with contextlib.suppress(OSError):
                    self._names.write(json.dumps([key, width]).encode() + b"\n")
                    self._names.flush()
        return start

    def rows(self) -> dict[Key, list[float]]:
        """Return everything."""
        ends = [*self._starts.values(), self._used][1:]
        return {
            key: list(self.values[start:end])
            for (key, start), end in zip(self._starts.items(), ends, strict=True)
        }

    def close(self) -> None:
        """Let go of the memory; what was counted stays in the files."""
        self.values.release()
        self._memory.close()
        if self._names is not None:
            with contextlib.suppress(OSError):
                self._names.close()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Hold one worker's place: counters that go on for ever, gauges that are its own."""

    counters: Cells
    gauges: Cells
    folder: Path | None
    lock: int | None

    @classmethod
    def take(cls) -> Self:
        """Take a free place in the shared folder; without one to write in, count for this worker alone."""
        try:
            folder = _shared_folder()
            number, lock = next(_free_places(folder))
        except OSError:
            return cls(Cells(None), Cells(None), None, None)
        place = folder / str(number)
        return cls(Cells(place), Cells(place.with_name(f"{number}-gauges"), fresh=True), folder, lock)

    def close(self) -> None:
        """Free the place; the last one out removes a folder that no supervisor looks after."""
        self.counters.close()
        self.gauges.close()
        if self.lock is not None:
            os.close(self.lock)
        if self.folder is not None and FOLDER not in os.environ and not any(map(_held, _locks(self.folder))):
            shutil.rmtree(self.folder, ignore_errors=True)


def read_ledgers(folder: Path) -> tuple[dict[Key, list[float]], list[dict[Key, list[float]]]]:
    """Return the counters of all workers added up, and the gauges of each that is alive."""
    totals: dict[Key, list[float]] = {}
    gauges = []
    for lock in _locks(folder):
        place = lock.with_suffix("")
        for key, numbers in _read(place).items():
            before = totals.get(key)
            totals[key] = numbers if before is None else [a + b for a, b in zip(before, numbers, strict=True)]
        if _held(lock):
            gauges.append(dict(_read(place.with_name(f"{place.name}-gauges"))))
    return totals, gauges


def _shared_folder() -> Path:
    """Return the folder that the supervisor names; without one, that of this process or of its parent."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    parent = multiprocessing.parent_process()
    owner = (os.getpid() if parent is None else parent.pid) or 0
    folder = Path(tempfile.gettempdir()) / f"hookline-metrics-{owner}-{_birth(owner)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} is somebody else's")
    return folder


def _birth(pid: int) -> str:
    # Process ids come back; together with the time of birth they do not.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    return "0"


def _free_places(folder: Path) -> Iterator[tuple[int, int]]:
    for number in itertools.count():
        lock = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            yield number, lock


def _locks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.lock"))


def _held(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _mapped(path: Path, *, fresh: bool) -> mmap.mmap:
    with path.open("w+b" if fresh else "a+b") as file:
        # Written, not only made longer: to touch a hole on a full disk would end the process.
        file.write(bytes(_MOST * _NUMBER - path.stat().st_size))
        file.flush()
        return mmap.mmap(file.fileno(), _MOST * _NUMBER)


def _named(path: Path) -> Iterator[tuple[Key, int, int]]:
    start = 0
    for line in path.with_suffix(".names").read_bytes().split(b"\n")[:-1]:
        key, width = json.loads(line)
        yield tuple(key), start, width
        start += width


def _read(path: Path) -> Mapping[Key, list[float]]:
    try:
        rows = list(_named(path))
        values = memoryview(path.with_suffix(".values").read_bytes()).cast("d")
    except OSError:  # a worker that takes this place now has not made them yet
        return {}
    return {key: list(values[start : start + width]) for key, start, width in rows}
