"""Processor time of a server's processes, and when they are at rest.

The shipper works on after a load has ended. Whoever measures another server on the same core then measures
that too: so every load begins when all are at rest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.server import Server

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_LOOK = 0.5
_IDLE = 0.05
"""The part of a core that looking around once in a while may take."""
_PATIENCE = 120.0


@dataclass(frozen=True)
class Spent:
    """Hold seconds of processor time: of the log's shipper, and of all other processes of a server."""

    worker: float
    shipper: float

    def since(self, before: Spent) -> Spent:
        """Return what was spent after `before`."""
        return Spent(self.worker - before.worker, self.shipper - before.shipper)

    def each(self, requests: int) -> dict[str, float]:
        """Return microseconds for each of so many requests."""
        return {
            "worker_us": self.worker / requests * 1e6,
            "shipper_us": self.shipper / requests * 1e6,
        }


def spent(server: Server) -> Spent:
    """Read what a server spent until now."""
    seconds = {True: 0.0, False: 0.0}
    for pid in server.processes():
        seconds[_is_shipper(pid)] += _seconds(pid)
    return Spent(worker=seconds[False], shipper=seconds[True])


def rest(servers: Sequence[Server]) -> None:
    """Wait until none of the servers does anything, and what they wrote is on the disk."""
    begun = time.monotonic()
    before = _all(servers)
    while True:
        time.sleep(_LOOK)
        now = _all(servers)
        if now - before <= _IDLE * _LOOK:
            os.sync()
            return
        if time.monotonic() - begun > _PATIENCE:
            raise RuntimeError("a server goes on working though nobody asks it anything")
        before = now


def _all(servers: Sequence[Server]) -> float:
    return sum(used.worker + used.shipper for used in map(spent, servers))


def _is_shipper(pid: int) -> bool:
    try:
        return b"hookline.predlog.shipper" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK
