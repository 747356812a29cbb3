"""How many workers, how many threads each, and the memory that is expected to take."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, NamedTuple

from hookline.service.runner.limits import Limits
from hookline.types import PredictorKind

__all__ = ["Plan", "make_plan"]

_MIB = 1024**2


class _Need(NamedTuple):
    """Memory in MiB: once, for each worker, and of a loaded model as a multiple of its file."""

    once: int
    each: int
    model: float


# Measured: the sum of Pss in /proc/PID/smaps_rollup of all processes, after /openapi.json and some hundred
# predictions, Python 3.11 on x86-64. With 1, 2 and 4 workers a linear model takes 91, 120 and 178 MiB
# compiled, and 238, 278 and 358 MiB native. A forest of 100 trees takes 155 MiB more for a graph of 8.4 MiB
# (onnxruntime spreads trees out), and 104 MiB more for a native file of 36 MiB.
_NEEDS = {"compiled": _Need(once=62, each=30, model=19), "native": _Need(once=198, each=41, model=3)}
_BARE = 40
"""What supervisor and stem take of `once` when every worker loads for itself: 134 MiB with two, compiled."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the decision and its reasons."""

    workers: int
    threads: int
    limits: Limits
    predictor: PredictorKind
    model_bytes: int
    shares_model: bool

    @property
    def expected_memory(self) -> int:
        """Return the bytes that all processes together are expected to take."""
        need = _NEEDS[self.predictor]
        model = int(need.model * self.model_bytes)
        if self.shares_model:
            return (need.once + self.workers * need.each) * _MIB + model
        return _BARE * _MIB + self.workers * ((need.once - _BARE + need.each) * _MIB + model)

    @property
    def fits(self) -> bool:
        """Tell whether the expected memory is within the limit."""
        return self.expected_memory <= self.limits.memory

    def lines(self) -> list[str]:
        """Say it to people."""
        limits = self.limits
        shared = "loaded once and shared" if self.shares_model else "loaded by every worker"
        lines = [
            f"CPUs      {limits.cpus:g} ({limits.cpu_source})",
            f"memory    {limits.memory // _MIB} MiB ({limits.memory_source})",
            f"workers   {self.workers}, {self.threads} thread{'s' if self.threads > 1 else ''} each",
            f"model     {self.predictor}, {shared}",
            f"expected  {self.expected_memory // _MIB} MiB",
        ]
        if not self.fits:
            lines.append(
                "warning   more than the limit: set service.workers lower or give the service more memory"
            )
        return lines

    def plain(self) -> dict[str, Any]:
        """Say it to machines."""
        return {
            "cpus": self.limits.cpus,
            "cpu_source": self.limits.cpu_source,
            "memory_bytes": self.limits.memory,
            "memory_source": self.limits.memory_source,
            "workers": self.workers,
            "threads": self.threads,
            "predictor": self.predictor,
            "shares_model": self.shares_model,
            "expected_memory_bytes": self.expected_memory,
            "fits": self.fits,
        }


def make_plan(
    limits: Limits,
    *,
    predictor: PredictorKind,
    model_bytes: int,
    workers: int = 0,
    threads: int = 0,
    apart: bool = False,
) -> Plan:
    """Choose workers and threads; a number given stays as it is given.

    One thread per worker and one worker per whole CPU: requests are many and small, and a model call that is
    spread over threads costs more in waking them than it saves. Fewer workers if memory says so.
    Threads do not live on in a fork, so with more than one every worker loads the model `apart`.
    """
    each = threads or 1
    shares = each == 1 and not apart and sys.platform == "linux"

    def plan(count: int) -> Plan:
        return Plan(count, each, limits, predictor, model_bytes, shares)

    if workers:
        return plan(workers)
    most = max(1, int(limits.cpus))
    return next((plan(count) for count in range(most, 1, -1) if plan(count).fits), plan(1))
