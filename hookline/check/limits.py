"""How much memory the user's hooks may take before it is their error, and not the machine's end."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

__all__ = ["default_memory", "limit_memory"]

_SHARE = 0.8
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def default_memory(cgroup: Path = _CGROUP) -> int:
    """Return most of what this machine or container has, in bytes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no cgroup, or its limit is the word `max`
        memory = min(memory, int(cgroup.read_text()))
    return int(memory * _SHARE)


def limit_memory(size: int) -> None:
    """Let an allocation beyond `size` bytes raise MemoryError, at the line that asks for it."""
    # Data, not address space: libraries reserve far more addresses than they use.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size, hard))
    # Should the machine run out all the same, this process is to go first.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
