"""Measure what callers notice while databases fail, and how what waited is shipped after."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.outage.network import NAMES, Network, network
from benchmarks.serving import projects
from benchmarks.serving.measures import Measure, at_least, at_most
from benchmarks.serving.server import LOAD_CORE, ROW, Server, free_port, hookline, serve
from hookline.predlog.accounts import Account
from hookline.predlog.places import Places
from hookline.predlog.shipper.status import accounts_now
from tests.house import ROOT

ROUNDS = 3
SECONDS = 4.0
RATE = 250.0
"""Requests of one row a second while latencies are measured: enough for a 99th percentile."""
PILED_UP = 180_000
ARRIVAL = 50
"""Rows a second with which those come in an hour, and go on coming while they are shipped."""
BULK = 1_000
WARM_UP = 10_000
PATIENCE = 600


def run(rounds: int = ROUNDS, seconds: float = SECONDS, piled_up: int = PILED_UP) -> dict[str, Any]:
    """Return every measure."""
    with tempfile.TemporaryDirectory() as scratch:
        project = projects.make("forest", Path(scratch))
        with _outage(project) as outage:
            measures = [*outage.latency(rounds, seconds), *outage.pile_up(piled_up), *outage.nothing_lost()]
    return {
        "rounds": rounds,
        "seconds": seconds,
        "rate": RATE,
        "piled_up": piled_up,
        "measures": [measure.plain() for measure in measures],
    }


@dataclass
class _Outage:
    server: Server
    places: Places
    network: Network
    answered: int = 1
    """Rows that were answered; the first came from whoever waited for the service to begin."""
    failed: int = 0
    pairs: list[tuple[str, float, float]] = field(default_factory=list)

    def latency(self, rounds: int, seconds: float) -> Iterator[Measure]:
        """Compare the 99th percentile in each outage with the healthy minutes before and after it."""
        healthy = self._p99(seconds)
        for turn in range(rounds):
            for name in NAMES:
                self.network.fail(name)
                down = self._p99(seconds)
                self.network.heal()
                self._wait_until_shipped()
                after = self._p99(seconds)
                around = (healthy + after) / 2
                print(
                    f"{name}, round {turn + 1}: {down * 1e3:.2f} ms, healthy {around * 1e3:.2f} ms",
                    flush=True,
                )
                self.pairs.append((name, down, around))
                healthy = after
        ratios = sorted(down / around for _, down, around in self.pairs)
        yield at_most(
            "p99 while every sink but the embedded one is down, against healthy",
            statistics.median(ratios),
            1.1,
            detail={
                "down_ms": statistics.median(down for _, down, _ in self.pairs) * 1e3,
                "healthy_ms": statistics.median(around for _, _, around in self.pairs) * 1e3,
                "pairs": len(ratios),
                "least": ratios[0],
                "most": ratios[-1],
            },
        )

    def pile_up(self, rows: int) -> Iterator[Measure]:
        """Let rows wait for the databases, then ship them while others arrive."""
        self._ask_in_bulk(WARM_UP)  # a full batch takes memory, once
        self._wait_until_shipped()
        before = self._memory()
        self.network.fail("refuse")
        self._ask_in_bulk(rows)
        while next(one for one in self._accounts() if one.sink == "sqlite").pending:
            time.sleep(0.1)
        piled = self._memory()
        waiting = min(one.pending for one in self._accounts() if one.sink != "sqlite")
        self.network.heal()
        with self._arrivals():
            took = self._drained()
        for sink, seconds in took.items():
            yield at_least(
                f"rows shipped a second after an outage, {sink}, against {ARRIVAL} that arrive",
                waiting / seconds / ARRIVAL,
                10,
                detail={"rows": waiting, "seconds": seconds, "per_second": waiting / seconds},
            )
        after = self._memory()
        for part in ("worker", "shipper"):
            yield at_most(
                f"memory of the {part} with {rows:,} rows waiting, beyond that before",
                piled[part] - before[part],
                16,
                "MiB",
                detail={
                    "before_mib": before[part],
                    "piled_up_mib": piled[part],
                    "after_mib": after[part],
                },
            )

    def _ask_in_bulk(self, rows: int) -> None:
        body = json.dumps([ROW] * BULK).encode()
        for _ in range(rows // BULK):
            status, _ = self.server.ask("POST", self.server.path, body)
            self.failed += status != 200
            self.answered += BULK

    def nothing_lost(self) -> Iterator[Measure]:
        """Compare what was answered with what each database holds."""
        self._wait_until_shipped()
        yield at_most("requests that failed", self.failed, 0, "requests", detail={"rows": self.answered})
        for sink, (received, different) in self.network.held().items():
            detail: dict[str, float] = {
                "answered": self.answered,
                "received": received,
                "different": different,
            }
            yield at_most(f"rows that {sink} lacks", abs(self.answered - different), 0, "rows", detail=detail)

    def _p99(self, seconds: float) -> float:
        with self._caller(seconds, RATE) as caller:
            seen = self._seen(caller)
        return float(seen[round(len(seen) * 0.99) - 1])

    @contextlib.contextmanager
    def _arrivals(self) -> Iterator[None]:
        with self._caller(PATIENCE / 20, ARRIVAL) as caller:
            yield
            self._seen(caller)

    @contextlib.contextmanager
    def _caller(self, seconds: float, rate: float) -> Iterator[subprocess.Popen[str]]:
        words = [str(self.server.port), str(seconds), str(rate)]
        command = ["taskset", "-c", LOAD_CORE, sys.executable, "-m", "benchmarks.outage.caller", *words]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as caller:
            yield caller

    def _seen(self, caller: subprocess.Popen[str]) -> list[float]:
        said = json.loads(caller.communicate()[0])
        self.failed += said["failed"]
        self.answered += len(said["latencies"])
        return list(said["latencies"])

    def _drained(self) -> dict[str, float]:
        """Return for each database the seconds until nothing waits for it but what just arrived."""
        began, took = time.perf_counter(), dict[str, float]()
        while len(took) < 2:
            time.sleep(0.05)
            for one in self._accounts():
                if one.sink != "sqlite" and one.sink not in took and one.pending < ARRIVAL:
                    took[one.sink] = time.perf_counter() - began
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"not shipped after {PATIENCE} s: {self._accounts()}")
        return took

    def _wait_until_shipped(self) -> None:
        end = time.perf_counter() + PATIENCE
        while len(found := self._accounts()) < 3 or any(one.pending for one in found):
            if time.perf_counter() > end:
                raise RuntimeError(f"not shipped after {PATIENCE} s: {found}")
            time.sleep(0.1)

    def _accounts(self) -> list[Account]:
        return accounts_now(self.places)

    def _memory(self) -> dict[str, float]:
        shipper = json.loads(self.places.status.read_text(encoding="utf-8"))["pid"]
        return {
            "worker": _anonymous_mib(self.server.worker(besides=shipper)),
            "shipper": _anonymous_mib(shipper),
        }


def _anonymous_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


@contextlib.contextmanager
def _outage(project: Path) -> Iterator[_Outage]:
    with network() as found:
        port = free_port()
        settings: dict[str, Any] = {
            "HOOKLINE_PREDICTION_LOG__ENABLE_FLUENTD_LOGGING": "true",
            "HOOKLINE_PREDICTION_LOG__FLUENTD_PORT": str(found.ports["fluentd"]),
            "HOOKLINE_PREDICTION_LOG__ENABLE_MONGODB_LOGGING": "true",
            "HOOKLINE_PREDICTION_LOG__MONGO_DB_PORT": str(found.ports["mongodb"]),
        }
        with serve("outage", hookline(project, port), port, cwd=ROOT, **settings) as server:
            yield _Outage(server, Places(project / "var"), found)
