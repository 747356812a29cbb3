"""Start the real service as a process on a free port, and end it by its id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.framework.service.wire import Answer, Wire, ask

__all__ = ["Running", "serve"]

SECONDS = 20


class Running:
    """A service that runs: what it tells on standard output are `events`, its log is standard error."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self._heard = threading.Condition()
        self._listening = 2
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [
            self._reader(process.stdout, lambda line: self.events.append(json.loads(line))),
            self._reader(process.stderr, self.lines.append),
        ]

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self.wait_for("serving")["address"].rpartition(":")[2])

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        """Return the process ids of the latest generation's workers."""
        return list(self.wait_for("serving")["workers"])

    @property
    def log(self) -> str:
        """Return what it said to standard error so far."""
        return "\n".join(self.lines)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask once; `x_api_key="…"` becomes the header X-API-Key."""
        return ask(
            self.port, method, path, body, {name.replace("_", "-"): text for name, text in headers.items()}
        )

    def wire(self) -> Wire:
        """Open a connection."""
        return Wire(self.port)

    def wait_for(self, event: str, *, times: int = 1, seconds: float = SECONDS) -> dict[str, Any]:
        """Return the latest event of a name, waiting until there were so many."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.events if one["event"] == event]

        self._wait(lambda: len(found()) >= times, seconds)
        assert len(found()) >= times, f"no event {event!r}:\n{self.events}\n{self.log}"
        return found()[-1]

    def wait_for_line(self, words: str, *, seconds: float = SECONDS) -> str:
        """Return the first line of the log with `words`, waiting for it."""

        def found() -> list[str]:
            return [line for line in self.lines if words in line]

        self._wait(lambda: bool(found()), seconds)
        assert found(), f"no line with {words!r}:\n{self.log}"
        return found()[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; return its exit code. One that does not stop is killed, and that is an error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its stem and workers end when it is gone
            self.process.wait()
            raise AssertionError(f"the service did not stop:\n{self.log}") from None
        for reader in self._readers:
            reader.join(SECONDS)
        return code

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        with self._heard:
            self._heard.wait_for(lambda: condition() or not self._listening, timeout=seconds)

    def _reader(self, stream: IO[str], take: Callable[[str], object]) -> threading.Thread:
        def read() -> None:
            with stream:
                for line in stream:
                    with self._heard:
                        take(line.rstrip("\n"))
                        self._heard.notify_all()
            with self._heard:
                self._listening -= 1
                self._heard.notify_all()

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread


@contextmanager
def serve(project: Path, *words: str, ready: bool = True, **settings: Any) -> Iterator[Running]:
    """Run `hookline serve` for `project`, with more `words` if given, while the block runs.

    `max_rows=3` sets `service.max_rows`, `access__keys=[...]` sets `access.keys`. One worker, no delay when
    stopping, unless said otherwise. With `ready` the block starts when all workers serve.
    """
    settings = {"workers": 1, "drain_delay": 0, "host": "127.0.0.1", **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", "serve", "--port", "0", "--json", *words],
        cwd=project,
        env={**os.environ, **{_variable(key): _value(value) for key, value in settings.items()}},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Running(process)
    try:
        if ready:
            running.wait_for("serving")
        yield running
    finally:
        running.stop()


def _variable(key: str) -> str:
    return f"HOOKLINE_{key if '__' in key else f'service__{key}'}".upper()


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
