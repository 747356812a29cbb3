from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from hookline.service.runner.limits import read_limits

GIB = 1024**3
MACHINE = {"proc/meminfo": "MemTotal:       16777216 kB\nMemFree:  1 kB\n"}


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write files of a made-up /sys/fs/cgroup (`sys`) and /proc (`proc`)."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def limits(root: Path) -> tuple[float, int, str, str]:
    """Read the limits of a made-up machine with 8 CPUs."""
    found = read_limits(cgroups=root / "sys", proc=root / "proc", cpus=8)
    return found.cpus, found.memory // 1024**2, found.cpu_source, found.memory_source


CASES: Mapping[str, tuple[Mapping[str, str], tuple[float, int, str, str]]] = {
    "no cgroups at all": ({}, (8, 16384, "CPU affinity", "the machine")),
    "v2, no limit": (
        {"proc/self/cgroup": "0::/\n", "sys/cpu.max": "max 100000\n", "sys/memory.max": "max\n"},
        (8, 16384, "CPU affinity", "the machine"),
    ),
    "v2 in a container": (
        {
            "proc/self/cgroup": "0::/\n",
            "sys/cpu.max": "150000 100000\n",
            "sys/memory.max": "1073741824\n",
        },
        (1.5, 1024, "cgroup v2", "cgroup v2"),
    ),
    "v2 nested: the outer one is tighter": (
        {
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/outer/cpu.max": "50000 100000\n",
            "sys/outer/inner/cpu.max": "400000 100000\n",
            "sys/outer/memory.max": "2147483648\n",
            "sys/outer/inner/memory.max": "4294967296\n",
        },
        (0.5, 2048, "cgroup v2", "cgroup v2"),
    ),
    "v2 nested: the inner one is tighter": (
        {
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/outer/cpu.max": "400000 100000\n",
            "sys/outer/inner/cpu.max": "200000 100000\n",
            "sys/outer/inner/memory.max": "536870912\n",
        },
        (2, 512, "cgroup v2", "cgroup v2"),
    ),
    "v2, throttled before it is refused": (
        {"proc/self/cgroup": "0::/\n", "sys/memory.high": "268435456\n", "sys/memory.max": "1073741824\n"},
        (8, 256, "CPU affinity", "cgroup v2"),
    ),
    "v1 in a container, the host's path": (
        {
            "proc/self/cgroup": "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n",
            "sys/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
            "sys/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "sys/memory/memory.limit_in_bytes": "536870912\n",
        },
        (2.5, 512, "cgroup v1", "cgroup v1"),
    ),
    "v1 nested": (
        {
            "proc/self/cgroup": "4:memory:/a/b\n2:cpu:/a/b\n",
            "sys/cpu/a/cpu.cfs_quota_us": "100000\n",
            "sys/cpu/a/cpu.cfs_period_us": "100000\n",
            "sys/cpu/a/b/cpu.cfs_quota_us": "-1\n",
            "sys/cpu/a/b/cpu.cfs_period_us": "100000\n",
            "sys/memory/a/memory.limit_in_bytes": "1073741824\n",
            "sys/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
        },
        (1, 1024, "cgroup v1", "cgroup v1"),
    ),
    "v1 and v2 side by side": (
        {
            "proc/self/cgroup": "4:memory:/a\n0::/x\n",
            "sys/memory/a/memory.limit_in_bytes": "1073741824\n",
            "sys/unified/x/memory.max": "536870912\n",
            "sys/unified/x/cpu.max": "300000 100000\n",
        },
        (3, 512, "cgroup v2", "cgroup v2"),
    ),
    "more than the machine has": (
        {
            "proc/self/cgroup": "0::/\n",
            "sys/cpu.max": "6400000 100000\n",
            "sys/memory.max": str(64 * GIB),
        },
        (8, 16384, "CPU affinity", "the machine"),
    ),
    "files that say nothing": (
        {"proc/self/cgroup": "nonsense\n0::/\n", "sys/cpu.max": "", "sys/memory.max": "much\n"},
        (8, 16384, "CPU affinity", "the machine"),
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_the_tightest_limit_holds(
    files: Mapping[str, str], expected: tuple[float, int, str, str], tmp_path: Path
) -> None:
    assert limits(tree(tmp_path, {**MACHINE, **files})) == expected


def test_without_a_word_on_memory_there_is_no_limit(tmp_path: Path) -> None:
    assert read_limits(cgroups=tmp_path, proc=tmp_path).memory >= 2**60


def test_affinity_counts() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert read_limits().cpus <= 1
    finally:
        os.sched_setaffinity(0, before)


def test_the_limits_of_this_machine_are_readable() -> None:
    found = read_limits()
    assert 0 < found.cpus <= (os.cpu_count() or 1)
    assert found.memory > 64 * 1024**2
