"""Two workers beside one, the generator sharing the cores; what a request costs each process says why."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.serving.load import load
from benchmarks.serving.measures import Measure, at_least
from benchmarks.serving.processor import rest, spent
from benchmarks.serving.server import BODY, Server, free_port, hookline, serve

_CORES = "0,1"
_CONNECTIONS = 64
"""As many for each of two workers as one has elsewhere: with fewer its batches would be smaller."""
_MANY = b"[" + b",".join([BODY[1:-1]] * 100) + b"]"
_CASES = {
    "2 workers against 1": ("forest", BODY),
    "2 workers against 1, 100 rows a request": ("forest", _MANY),
    "2 workers against 1, native": ("native", BODY),
}


def two_workers(made: Mapping[str, Path], runs: int, seconds: int) -> list[Measure]:
    """Measure requests that cost little, that cost more, and those of a model that is what costs."""
    return [_two_workers(name, made[kind], body, runs, seconds) for name, (kind, body) in _CASES.items()]


def _two_workers(name: str, project: Path, body: bytes, runs: int, seconds: int) -> Measure:
    with contextlib.ExitStack() as stack:
        servers: list[Server] = []
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for workers in ("1", "2"):
            port = free_port()
            # Each with a log, and so a shipper, of its own.
            own = shutil.copytree(project, scratch / workers, ignore=shutil.ignore_patterns("var"))
            command = hookline(own, port, int(workers))
            running = serve(workers, command, port, cwd=own, cores=_CORES, body=body)
            servers.append(stack.enter_context(running))
        rates: dict[str, list[float]] = {"1": [], "2": []}
        costs: dict[str, list[dict[str, float]]] = {"1": [], "2": []}
        for _ in range(runs):
            for server in servers:
                rest(servers)
                before = spent(server)
                seen = load(server, connections=_CONNECTIONS, seconds=seconds, core=_CORES)
                rest(servers)
                rates[server.name].append(seen.per_second)
                cost = spent(server).since(before).each(seen.requests)
                cost["wrk_us"] = seen.generator_seconds / seen.requests * 1e6
                costs[server.name].append(cost)
                print(f"{name}, {server.name}: {seen.per_second:.0f}/s, {cost}", flush=True)
    one, two = (statistics.median(rates[workers]) for workers in ("1", "2"))
    detail = {"one": one, "two": two}
    for whose in ("worker_us", "shipper_us", "wrk_us"):
        detail[whose] = statistics.median(cost[whose] for cost in costs["1"])
    detail["of_two_us"] = statistics.median(cost["worker_us"] for cost in costs["2"])
    return at_least(name, two / one, 1.5, detail=detail)
