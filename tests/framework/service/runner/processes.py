"""What is seen of processes from outside."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["alive", "children", "eventually", "memory", "shippers_of", "stem_of"]


def children(pid: int) -> list[int]:
    """Return the process ids of a process's children."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def stem_of(pid: int) -> int:
    """Return the process id of the newest stem of a supervisor."""
    return max(child for child in children(pid) if "hookline.service.runner.stem" in _words(child))


def shippers_of(pid: int) -> list[int]:
    """Return the process ids of a supervisor's log shippers."""
    return [child for child in children(pid) if "hookline.predlog.shipper" in _words(child)]


def alive(pids: Iterable[int]) -> list[int]:
    """Return those that still run; one that nobody has reaped yet does not."""
    return [pid for pid in pids if _state(pid) not in ("", "Z", "X")]


def _words(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


def _state(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    return ""


def memory(pid: int) -> int:
    """Return the resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def eventually(holds: Callable[[], object], seconds: float = 15) -> bool:
    """Wait until something holds; return whether it did."""
    end = time.monotonic() + seconds
    while not (held := bool(holds())) and time.monotonic() < end:
        time.sleep(0.005)
    return held
