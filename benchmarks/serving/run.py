"""Measure the service against the plain app and the floor, in turn, several times, all in one run."""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.serving import projects
from benchmarks.serving.bulk import bulk_rows
from benchmarks.serving.load import Load, load, missing_programs
from benchmarks.serving.logged import log_cost
from benchmarks.serving.measures import Measure, at_least, at_most
from benchmarks.serving.processor import rest
from benchmarks.serving.server import Server, free_port, hookline, serve, uvicorn
from benchmarks.serving.workers import two_workers
from tests.house import ROOT

RUNS = 5
SECONDS = 3


def run(runs: int = RUNS, seconds: int = SECONDS) -> dict[str, Any]:
    """Return every measure."""
    if missing := missing_programs():
        sys.exit(f"error: {', '.join(missing)} missing; on Debian: apt-get install wrk util-linux")
    with tempfile.TemporaryDirectory() as scratch:
        made = {name: projects.make(name, Path(scratch)) for name in projects.TRAIN}
        bench = _Bench(made, runs, seconds)
        measures = [
            *bench.compiled("forest", plain_bound=60),
            *bench.compiled("logistic", plain_bound=15),
            *bench.native(),
            *log_cost(made["forest"], runs, seconds),
            *two_workers(made, runs, seconds),
            *bulk_rows(made["forest"], runs),
            *bench.start(),
        ]
    return {
        "runs": runs,
        "seconds": seconds,
        "at_rest": True,
        "measures": [measure.plain() for measure in measures],
    }


class _Bench:
    def __init__(self, made: dict[str, Path], runs: int, seconds: int) -> None:
        self._made = made
        self._runs = runs
        self._seconds = seconds

    def compiled(self, name: str, *, plain_bound: float) -> list[Measure]:
        """Compare a compiled model with the plain app and the floor."""
        with self._three(name) as servers:
            many = self._loads(servers, connections=32)
            one = self._loads([servers[0], servers[2]], connections=1)
        ours, plain, floor = (_middle(many[server.name]) for server in servers)
        p50 = {server: statistics.median(each.p50 for each in loads) for server, loads in one.items()}
        seen = {"ours": ours, "plain": plain, "floor": floor}
        lines = [
            at_least(
                f"{name}, 32 connections, against the plain app", ours / plain, plain_bound, detail=seen
            ),
            at_least(f"{name}, 32 connections, against the floor", ours / floor, 0.5, detail=seen),
        ]
        times = {"ours_us": p50["hookline"] * 1e6, "floor_us": p50["floor"] * 1e6}
        lines.append(
            at_most(
                f"{name}, p50 of 1 connection, against the floor",
                p50["hookline"] / p50["floor"],
                2.0,
                detail=times,
            )
        )
        return lines

    def native(self) -> list[Measure]:
        """Compare a model that no graph holds with the plain app."""
        with self._three("native") as servers:
            pair = servers[:2]
            many, one = self._loads(pair, connections=32), self._loads(pair, connections=1)
        lines = []
        for loads, bound, words in ((many, 10.0, "32 connections"), (one, 1.0, "1 connection")):
            ours, plain = _middle(loads["hookline"]), _middle(loads["plain"])
            seen = {"ours": ours, "plain": plain}
            lines.append(
                at_least(f"native, {words}, against the plain app", ours / plain, bound, detail=seen)
            )
        return lines

    def start(self) -> list[Measure]:
        """Compare the time to the first answer, and the memory of the first worker."""
        project = self._made["forest"]
        times: dict[str, list[float]] = {"ours": [], "plain": []}
        memory: dict[str, list[float]] = {"ours": [], "plain": []}
        for _ in range(self._runs):
            for name, seen in times.items():
                port = free_port()
                plain_app = uvicorn("benchmarks.serving.plain:app", port)
                command = hookline(project, port) if name == "ours" else plain_app
                with serve(name, command, port, cwd=ROOT, PROJECT=str(project)) as server:
                    seen.append(server.start_seconds)
                    memory[name].append(server.worker_mib())
        ours, plain = (statistics.median(times[name]) for name in ("ours", "plain"))
        mib, plain_mib = (statistics.median(memory[name]) for name in ("ours", "plain"))
        return [
            at_most(
                "start to the first answer, compiled", ours, 1.2, "s", detail={"ours": ours, "plain": plain}
            ),
            at_most(
                "the same, against the plain app", ours / plain, 0.6, detail={"ours": ours, "plain": plain}
            ),
            at_most(
                "memory of the first worker, against the plain app",
                mib / plain_mib,
                0.6,
                detail={"ours": mib, "plain": plain_mib},
            ),
        ]

    @contextlib.contextmanager
    def _three(self, name: str) -> Iterator[list[Server]]:
        project = self._made[name]
        with contextlib.ExitStack() as stack:
            servers = []
            for who in ("hookline", "plain", "floor"):
                port = free_port()
                command = (
                    hookline(project, port)
                    if who == "hookline"
                    else uvicorn(f"benchmarks.serving.{who}:app", port)
                )
                running = serve(who, command, port, cwd=ROOT, PROJECT=str(project))
                servers.append(stack.enter_context(running))
            yield servers

    def _loads(self, servers: Sequence[Server], *, connections: int) -> dict[str, list[Load]]:
        seen: dict[str, list[Load]] = {server.name: [] for server in servers}
        for turn in range(self._runs):
            for server in servers:
                rest(servers)
                found = load(server, connections=connections, seconds=self._seconds)
                if found.bad:
                    raise RuntimeError(f"{server.name} answered {found.bad} requests with an error")
                seen[server.name].append(found)
                print(
                    f"{server.name}, {connections} connections, run {turn + 1}: {found.per_second:.0f}/s",
                    flush=True,
                )
        return seen


def _middle(loads: Sequence[Load]) -> float:
    return statistics.median(each.per_second for each in loads)
