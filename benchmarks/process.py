"""Run a command in a process of its own, and see what it took."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Hold what a process took, and what it printed."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    output: str


def cost(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run `command` to its end, imports included.

    The peak is the kernel's ru_maxrss of that very process. It starts at what this process holds, so nothing
    large may be imported here.
    """
    with tempfile.TemporaryFile("w+") as out:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, env={**os.environ, **environment})
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)  # reaped here, so Popen must not wait for it
        out.seek(0)
        if status:
            raise subprocess.CalledProcessError(child.returncode, command)
        return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())
