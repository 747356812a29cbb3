"""What this process may use: CPUs and memory, as cgroups (v2 and v1) and affinity allow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Limits", "read_limits"]

_CGROUPS = Path("/sys/fs/cgroup")
_HYBRID = "unified"
"""Where v2 is mounted when v1 has the usual place."""
_UNLIMITED = 2**60
"""v1 writes a huge number, rounded to pages, where it means no limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold what may be used, and who says so."""

    cpus: float
    memory: int
    cpu_source: str
    memory_source: str


def read_limits(*, cgroups: Path = _CGROUPS, proc: Path = Path("/proc"), cpus: int | None = None) -> Limits:
    """Read the tightest limit of each kind that holds for this process; `cpus` stands for its affinity."""
    tightest_cpu = min(
        [(float(cpus or _affinity()), "CPU affinity"), *_cpu_limits(cgroups, proc)],
        key=lambda found: found[0],
    )
    tightest_memory = min(
        [(_machine_memory(proc), "the machine"), *_memory_limits(cgroups, proc)], key=lambda found: found[0]
    )
    return Limits(tightest_cpu[0], tightest_memory[0], tightest_cpu[1], tightest_memory[1])


def _affinity() -> int:
    # Not every Unix has it.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_limits(cgroups: Path, proc: Path) -> Iterator[tuple[float, str]]:
    for folder in _folders(cgroups, proc, ""):
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit():
            yield int(quota) / int(period), "cgroup v2"
    for folder in _folders(cgroups, proc, "cpu"):
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit():
            yield int(quota) / int(period), "cgroup v1"


def _memory_limits(cgroups: Path, proc: Path) -> Iterator[tuple[int, str]]:
    for controller, file, source in (
        ("", "memory.high", "cgroup v2"),
        ("", "memory.max", "cgroup v2"),
        ("memory", "memory.limit_in_bytes", "cgroup v1"),
    ):
        for folder in _folders(cgroups, proc, controller):
            limit = _read(folder / file)
            if limit.isdigit() and int(limit) < _UNLIMITED:
                yield int(limit), source


def _folders(cgroups: Path, proc: Path, controller: str) -> Iterator[Path]:
    """Go from this process's cgroup up to the root: every one of them limits it.

    In a container the path may be the host's, which is not mounted here; its own cgroup is the root then.
    """
    for line in _read(proc / "self" / "cgroup").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if controller not in names.split(","):
            continue
        root = _mount(cgroups, names)
        folder = root / path.lstrip("/")
        yield folder
        while folder != root:
            folder = folder.parent
            yield folder


def _mount(cgroups: Path, names: str) -> Path:
    candidates = [names, *names.split(",")] if names else [_HYBRID]
    return next((cgroups / name for name in candidates if (cgroups / name).is_dir()), cgroups)


def _machine_memory(proc: Path) -> int:
    for line in _read(proc / "meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return _UNLIMITED


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
