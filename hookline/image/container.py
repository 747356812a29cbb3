"""The service in a container as locked up as it must bear: nothing writable but its own places, no rights."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from types import TracebackType
from typing import Any, Self

from hookline.errors import ImageError
from hookline.image.engine import Engine

__all__ = ["LOCKED_UP", "Container"]

LOCKED_UP = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")  # noqa: S108 - the container's
_ALONE = {
    # A trial neither needs keys nor leaves traces in logs that people read.
    "ACCESS__REQUIRED": "false",
    "ACCESS__KEYS": "[]",
    "ACCESS__KEYS_FILE": "",
    "PREDICTION_LOG__ENABLE_FLUENTD_LOGGING": "false",
    "PREDICTION_LOG__ENABLE_MONGODB_LOGGING": "false",
    "TRACING__SAMPLE": "0",  # not switched off, so that a lock without the exporter is noticed
}
_TIMEOUT = 30


class Container:
    """Run an image while it is entered, reachable from this machine only; leave nothing behind."""

    def __init__(
        self, engine: Engine, image: str, *, port: int = 5000, options: tuple[str, ...] = ()
    ) -> None:
        self._engine = engine
        alone = [word for key, value in _ALONE.items() for word in ("--env", f"HOOKLINE_{key}={value}")]
        publish = ("--publish", f"127.0.0.1::{port}")
        self.id = engine.call("run", "--detach", *LOCKED_UP, *publish, *alone, *options, image)
        self._inside = port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.call("rm", "--force", "--volumes", self.id)

    @property
    def port(self) -> int:
        """Return the port of this machine that leads to the service."""
        return int(self._engine.call("port", self.id, f"{self._inside}/tcp").rpartition(":")[2])

    def wait_ready(self, seconds: float) -> float:
        """Wait until the service is ready; return how long it took."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            if self._state("Running") != "true":
                raise ImageError(f"the service ended before it was ready; it said:\n{self.said()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/health/ready")[0] == 200:
                    return passed
            time.sleep(0.1)
        raise ImageError(f"the service was not ready after {seconds:g} s; it said:\n{self.said()}")

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and decoded body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, json.loads(answer.read())

    def stop(self, seconds: int) -> tuple[float, int]:
        """Send SIGTERM, and SIGKILL so much later; return how long it took, and the exit code."""
        began = time.monotonic()
        self._engine.call("stop", "--time", str(seconds), self.id)
        return time.monotonic() - began, int(self._state("ExitCode"))

    def said(self) -> str:
        """Return the service's last lines."""
        return self._engine.said(self.id)

    def _state(self, name: str) -> str:
        return self._engine.call("inspect", "--format", f"{{{{.State.{name}}}}}", self.id)
