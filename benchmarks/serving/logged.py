"""What the prediction log costs: the service with it beside the service without."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.serving.load import Load, load
from benchmarks.serving.measures import Measure, at_least, at_most
from benchmarks.serving.pace import Paced, pace
from benchmarks.serving.processor import rest, spent
from benchmarks.serving.server import Server, free_port, hookline, serve
from tests.house import ROOT

RATE = 5_000
"""Requests a second that are offered to both: far less than either can answer."""
LONG = 30
"""Seconds of a load in which the shipper's patience ends: then it takes a part of the busy core."""
ON, OFF = "log", "no log"


def log_cost(project: Path, runs: int, seconds: int) -> list[Measure]:
    """Compare them at full speed, and at a rate that both keep."""
    with _pair(project) as servers:
        full = _Seen(servers)
        for _ in range(runs):
            for server in servers:
                full.note(server, load(server, connections=32, seconds=seconds))
        long = _Seen(servers)
        for server in servers:
            long.note(server, load(server, connections=32, seconds=LONG))
        even = _Seen(servers)
        for _ in range(runs):
            for server in servers:
                even.note(server, pace(server, rate=RATE, seconds=seconds))
    return [*_at_full_speed(full), _for_long(long), *_at_one_rate(even)]


class _Seen:
    """Collect what each server did in its runs, and what that cost it, until it was at rest again."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.loads: dict[str, list[Load | Paced]] = {server.name: [] for server in servers}
        self.costs: dict[str, list[dict[str, float]]] = {server.name: [] for server in servers}
        self._servers = servers
        rest(servers)
        self._before = {server.name: spent(server) for server in servers}

    def note(self, server: Server, seen: Load | Paced) -> None:
        """Take a run down."""
        if isinstance(seen, Load) and seen.bad:
            raise RuntimeError(f"{server.name} answered {seen.bad} requests with an error")
        rest(self._servers)
        used = spent(server)
        self.loads[server.name].append(seen)
        self.costs[server.name].append(used.since(self._before[server.name]).each(seen.requests))
        self._before[server.name] = used
        print(f"{server.name}: {seen}, {self.costs[server.name][-1]}", flush=True)

    def late(self, name: str) -> float:
        """Return the median p99 in milliseconds."""
        return statistics.median(each.p99 for each in self.loads[name]) * 1e3

    def rate(self, name: str) -> float:
        """Return the median requests a second of the loads that were as fast as they could be."""
        return statistics.median(each.per_second for each in self.loads[name] if isinstance(each, Load))

    def cost(self, name: str, whose: str) -> float:
        """Return the median microseconds of processor time for a request."""
        return statistics.median(each[whose] for each in self.costs[name])

    def work(self, when: str) -> Measure:
        """Compare the worker's processor time for a request; the shipper's stands beside it."""
        on, off = self.cost(ON, "worker_us"), self.cost(OFF, "worker_us")
        detail = {"on_us": on, "off_us": off, "shipper_us": self.cost(ON, "shipper_us")}
        name = f"processor time of the worker {when}without the log, against with it"
        return at_least(name, off / on, 0.9, detail=detail)


def _at_full_speed(seen: _Seen) -> Iterator[Measure]:
    on, off = seen.rate(ON), seen.rate(OFF)
    yield at_least("prediction log on, against off", on / off, 0.9, detail={"on": on, "off": off})
    late = {"on_ms": seen.late(ON), "off_ms": seen.late(OFF)}
    yield at_most(
        "p99 with the log, beyond that without", late["on_ms"] - late["off_ms"], 1.0, "ms", detail=late
    )
    yield seen.work("")


def _for_long(seen: _Seen) -> Measure:
    on, off = seen.rate(ON), seen.rate(OFF)
    return at_least(
        f"prediction log on, against off, for {LONG} s", on / off, 0.9, detail={"on": on, "off": off}
    )


def _at_one_rate(seen: _Seen) -> Iterator[Measure]:
    blind = max(each.blind for loads in seen.loads.values() for each in loads if isinstance(each, Paced))
    late = {"on_ms": seen.late(ON), "off_ms": seen.late(OFF), "generator_blind_ms": blind * 1e3}
    yield at_most(
        f"p99 at {RATE:,} requests/s with the log, beyond that without",
        late["on_ms"] - late["off_ms"],
        1.0,
        "ms",
        detail=late,
    )
    yield seen.work(f"at {RATE:,} requests/s ")


@contextlib.contextmanager
def _pair(project: Path) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        servers = []
        for name, enabled in ((ON, "true"), (OFF, "false")):
            port = free_port()
            running = serve(
                name, hookline(project, port), port, cwd=ROOT, HOOKLINE_PREDICTION_LOG__ENABLED=enabled
            )
            servers.append(stack.enter_context(running))
        yield servers
