"""Start a server on one core, know when it answers, and what it holds."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SERVER_CORE, LOAD_CORE = "0", "1"
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
BODY = b'[{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}]'
PATH = "/api/predictions"
_PATIENCE = 60


@dataclass(frozen=True)
class Server:
    """One running server."""

    name: str
    port: int
    pid: int
    start_seconds: float
    path: str = PATH
    body: bytes = BODY

    def ask(
        self, method: str = "POST", path: str | None = None, body: bytes | None = None
    ) -> tuple[int, bytes]:
        """Send one request on a connection of its own: the usual one, unless told otherwise."""
        if path is None:
            path, body = self.path, body or self.body
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def worker(self, besides: int = 0) -> int:
        """Return the first process that serves; `besides` is one that does something else."""
        return max(set(self.processes()) - {besides}, key=lambda pid: (not _children(pid), _pss(pid)))

    def worker_mib(self) -> float:
        """Return the memory of the first process that serves: its own, and its share of the rest."""
        return _pss(self.worker()) / 1024

    def all_mib(self) -> float:
        """Return the memory of all processes of the server."""
        return sum(map(_pss, self.processes())) / 1024

    def processes(self) -> list[int]:
        """Return all processes of the server."""
        pids = [self.pid]
        for pid in pids:
            pids += _children(pid)
        return pids


@contextlib.contextmanager
def serve(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    cwd: Path,
    cores: str = SERVER_CORE,
    path: str = PATH,
    body: bytes = BODY,
    **env: str,
) -> Iterator[Server]:
    """Run a server while the block runs."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command], cwd=cwd, env={**os.environ, **env},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        server = Server(name, port, process.pid, 0.0, path, body)
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if server.ask()[0] == 200:
                    break
            if process.poll() is not None or time.perf_counter() - begun > _PATIENCE:
                raise RuntimeError(f"{name} does not answer; its command is {' '.join(command)}")
            time.sleep(0.005)
        yield replace(server, start_seconds=time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(_PATIENCE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # some servers leave children behind


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hookline(project: Path, port: int, workers: int = 1) -> list[str]:
    """Return the command of our service."""
    return [
        sys.executable, "-m", "hookline.cli", "serve", "-C", str(project),
        "--port", str(port), "--workers", str(workers),
    ]  # fmt: skip


def uvicorn(app: str, port: int) -> list[str]:
    """Return the command of an app under plain uvicorn, as fast as it gets."""
    return [
        sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop", "--http", "httptools",
        "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
