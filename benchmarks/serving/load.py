"""Load by wrk, from a core of its own; bounded in time."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.server import LOAD_CORE, Server

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Load:
    """Hold what wrk saw."""

    per_second: float
    p50: float
    p99: float
    bad: int
    requests: int = 0
    generator_seconds: float = 0.0
    """Processor time of wrk."""


def load(server: Server, *, connections: int, seconds: int = 3, core: str = LOAD_CORE) -> Load:
    """Send the one row as fast as the server answers."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            f"wrk.body = '{server.body.decode()}'\n"
        )
        done = subprocess.run(
            [
                "taskset", "-c", core, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                "-s", str(script), f"http://127.0.0.1:{server.port}{server.path}",
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    text = done.stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Load(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", text)[0]),
        p50=_seconds(_found(r"50%\s+([\d.]+)(us|ms|s)", text)),
        p99=_seconds(_found(r"99%\s+([\d.]+)(us|ms|s)", text)),
        bad=int(bad[1]) if bad else 0,
        requests=int(_found(r"(\d+) requests in", text)[0]),
        generator_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def missing_programs() -> list[str]:
    """Name the programs that are needed and not there."""
    return [name for name in ("wrk", "taskset") if shutil.which(name) is None]


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"wrk said something else than expected:\n{text}")
    return match.groups()


def _seconds(found: tuple[str, ...]) -> float:
    return float(found[0]) * _UNITS[found[1]]
