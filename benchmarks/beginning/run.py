"""From a folder with nothing but a table to the first answered prediction, by three commands of a user."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from benchmarks.beginning.table import ROWS, write_table

MOST_SECONDS = 90
NEW = "hookline new churn --from-data customers.csv --target churn --id customer"
RUN = "cd churn && make run"
ASK = "curl -s -H 'Content-Type: application/json' -d @tests/prediction_test_case.json {url}/api/predictions"
SHOWN = "http://127.0.0.1:5000"
_AS_SHOWN = {"HOOKLINE_SERVICE__LOG_FORMAT": "console"}  # as a terminal has it


def run() -> dict[str, Any]:
    """Do what the README tells a new user, and keep what was said."""
    with tempfile.TemporaryDirectory(prefix="hookline-beginning-") as folder, _port() as port:
        empty, url = Path(folder), f"http://127.0.0.1:{port}"
        write_table(empty / "customers.csv")
        environ = _environ()
        start, before = time.perf_counter(), _cpu()
        made = _say(NEW, empty, environ)
        seconds = {"make the project": time.perf_counter() - start}
        with _serving(empty / "churn", environ, port) as log:
            _wait_until_ready(url, log)
            seconds["make run: environment, training, start"] = (
                time.perf_counter() - start - sum(seconds.values())
            )
            answer = _say(ASK.format(url=url), empty / "churn", environ)
            seconds["ask"] = time.perf_counter() - start - sum(seconds.values())
            total = time.perf_counter() - start
            served = log.read_text(encoding="utf-8")
    session = [(NEW, made), (RUN, served.replace(str(port), "5000")), (ASK.format(url=SHOWN), answer)]
    return {
        "rows": ROWS,
        "seconds": seconds,
        "total": total,
        "cpu": _cpu() - before,
        "most": MOST_SECONDS,
        "session": session,
    }


def _cpu() -> float:
    """Return the seconds of CPU that processes took which were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _environ() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HOOKLINE_", "MAKE"))}
    scripts = Path(sys.executable).parent
    return {
        **kept,
        "PATH": f"{scripts}{os.pathsep}{kept['PATH']}",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        **_AS_SHOWN,
    }


def _say(command: str, folder: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    yield port


@contextmanager
def _serving(project: Path, environ: dict[str, str], port: int) -> Iterator[Path]:
    """Run `make run` while the block runs; what it says is in the file."""
    log = project.parent / "run.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=project,
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield log
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _wait_until_ready(url: str, log: Path) -> None:
    direct, until = build_opener(ProxyHandler({})), time.monotonic() + 10 * MOST_SECONDS
    while time.monotonic() < until:
        try:
            with direct.open(f"{url}/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing serves at {url}:\n{log.read_text(encoding='utf-8')}")
