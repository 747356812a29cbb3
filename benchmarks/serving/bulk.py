"""Ten thousand rows in one body, beside the same work in process; probes meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.serving.measures import Measure, at_least, at_most
from benchmarks.serving.processor import rest
from benchmarks.serving.server import LOAD_CORE, ROW, SERVER_CORE, Server, free_port, hookline, serve
from hookline.contract.columns import columns_from_rows
from hookline.models.loading import load_model
from hookline.models.store import ModelStore

ROWS = 10_000
_BODIES = 20
"""Bodies in a run."""
_PROBES = 0.01
"""Seconds between two probes: each is a connection and a request more on the server's core."""


def bulk_rows(project: Path, runs: int) -> list[Measure]:
    """Compare rows per second over HTTP with JSON parsing and prediction in one process."""
    body = _body()
    port = free_port()
    with serve("hookline", hookline(project, port), port, cwd=project) as server:
        rest([server])
        with on_core(SERVER_CORE):
            by_hand = _in_process(project, body, runs)
        with on_core(LOAD_CORE):
            seconds, probes = _over_http(server, body, runs)
    rate, hand_rate = ROWS / statistics.median(seconds), ROWS / statistics.median(by_hand)
    p99 = float(np.quantile(probes, 0.99))
    return [
        at_least(
            f"{ROWS:,} rows in one body, against the same in process",
            rate / hand_rate,
            0.7,
            detail={"ours": rate, "in process": hand_rate},
        ),
        at_most("p99 of /health/live meanwhile", p99 * 1000, 20, "ms", detail={"probes": len(probes)}),
    ]


@contextlib.contextmanager
def on_core(core: str) -> Iterator[None]:
    """Have this thread, and those it starts, run on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _body() -> bytes:
    random = np.random.default_rng(0)
    rows = [{name: round(float(random.uniform(0.1, 8)), 2) for name in ROW} for _ in range(ROWS)]
    return json.dumps(rows).encode()


def _in_process(project: Path, body: bytes, runs: int) -> list[float]:
    model = load_model(ModelStore(project / "model_bin"))
    seen = []
    for _ in range(_BODIES * runs + 1):
        begun = time.perf_counter()
        model.predictor.predict(columns_from_rows(model.contract, json.loads(body)))
        seen.append(time.perf_counter() - begun)
    return seen[1:]


def _over_http(server: Server, body: bytes, runs: int) -> tuple[list[float], list[float]]:
    seconds: list[float] = []
    probes: list[float] = []
    done = threading.Event()

    def probe() -> None:
        while not done.is_set():
            begun = time.perf_counter()
            server.ask("GET", "/health/live", None)
            probes.append(time.perf_counter() - begun)
            time.sleep(_PROBES)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        for _ in range(_BODIES * runs):
            begun = time.perf_counter()
            status, _ = server.ask(body=body)
            seconds.append(time.perf_counter() - begun)
            if status != 200:
                raise RuntimeError(f"the service answered {status}")
    finally:
        done.set()
        thread.join()
    return seconds, probes
