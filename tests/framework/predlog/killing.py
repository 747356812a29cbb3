"""Kill parts of a running service at random moments, while clients note what they were answered."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from hookline.predlog.accounts import Account, audit
from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import holder, is_free
from hookline.predlog.sinks.sqlite.cursors import load
from tests.framework.service.runner.processes import eventually
from tests.framework.service.running import Running, serve

__all__ = ["VICTIMS", "Clients", "Killing", "closing_account", "ship_the_rest", "stored"]

VICTIMS = ("worker", "shipper", "supervisor")
_NOBODY = 2**22 + 1
"""No process has this id."""
_ROWS = 25
_BODY = json.dumps([{"size": float(size), "weight": 1.0, "plan": "pro"} for size in range(_ROWS)]).encode()


class Clients:
    """Ask all the time, on several connections; every id that was answered 200 is in a file, fsynced."""

    def __init__(self, path: Path, count: int = 3) -> None:
        self.port = 0
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        os.close(self._file)

    @property
    def answered(self) -> list[str]:
        """Return the ids so far."""
        return self.path.read_text().split()

    def _run(self) -> None:
        while not self._stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            with closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
                while not self._stop.is_set():
                    self._ask(connection)
            time.sleep(0.01)

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        connection.request("POST", "/api/predictions", _BODY, {"content-type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200 or response.headers["x-prediction-logged"] is not None:
            return
        ids = "".join(f"{row['prediction_id']}\n" for row in answer)
        os.write(self._file, ids.encode())
        os.fsync(self._file)
        time.sleep(0.005)


class Killing:
    """Run a service with clients, and kill."""

    def __init__(self, project: Path, seed: int, **settings: Any) -> None:
        self.project = project
        self.places = Places(project / "var")
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.clients = Clients(project / "answered.txt")
        self._settings = {"workers": 2, "drain_delay": 0, **settings}
        self._stack = ExitStack()

    @contextmanager
    def running(self) -> Iterator[Killing]:
        """Serve and ask while the block runs."""
        with self._stack:
            self._start()
            with self.clients:
                yield self
        # What a supervisor that was killed left ends by itself.
        assert eventually(lambda: not _alive_in(self.project), 30)

    def kill(self, victim: str) -> None:
        """Kill one part; another takes its place, or is started."""
        time.sleep(self.random.uniform(0, 0.3))
        supervisor = self.service.process.pid
        if victim == "worker":
            before = self.service.workers
            pid = self.random.choice(before)
        elif victim == "shipper":
            # Whoever ships now, perhaps one that a killed supervisor left; it may have to say yet who it is.
            assert eventually(lambda: not is_free(self.places.lock) and holder(self.places.lock))
            pid = holder(self.places.lock) or _NOBODY
        else:
            pid = supervisor
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if victim == "supervisor":
            self.service.process.wait()
            self._start()

    def _start(self) -> None:
        # The clients of the test take most of a small machine, so it may be long until all is there.
        starting = serve(self.project, ready=False, **self._settings)
        self.service: Running = self._stack.enter_context(starting)
        self.service.wait_for("serving", seconds=60)
        self.clients.port = self.service.port


def closing_account(places: Places, seconds: float = 20) -> Account:
    """Return the account of the database, as soon as it closes; the last one if it never does."""

    def closes() -> bool:
        found[0] = accounts(places)
        return found[0].closes

    assert eventually(lambda: _is_made(places.database), seconds)
    found = [accounts(places)]
    eventually(closes, seconds)
    return found[0]


def accounts(places: Places) -> Account:
    """Count everything now."""
    with closing(_reading(places.database)) as connection:
        cursors = load(connection)
    (account,) = audit(places, {"sqlite": cursors})
    return account


def stored(places: Places) -> dict[str, int]:
    """Return how often each prediction is in the database; none is before the shipper has made it."""
    if not _is_made(places.database):
        return {}
    with closing(_reading(places.database)) as connection:
        return dict(connection.execute("SELECT prediction_id, count(*) FROM prediction GROUP BY 1"))


def ship_the_rest(project: Path) -> None:
    """Ship what the last shipper left."""
    words: Sequence[str] = [sys.executable, "-m", "hookline.cli", "ship", "--once"]
    subprocess.run(words, cwd=project, check=True, capture_output=True)


def _is_made(path: Path) -> bool:
    """Tell whether the shipper has come as far as making its tables."""
    if not path.exists():
        return False
    with closing(_reading(path)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'cursor'").fetchone())


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


def _alive_in(project: Path) -> list[int]:
    """Find processes that work in the project's folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if str(project).encode() in words and (folder / "stat").read_text().split()[2] != "Z":
                found.append(int(folder.name))
    return found
