"""A caller who asks a running service all the time, and keeps every answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Sequence
from typing import Any, Self

__all__ = ["Caller"]

_JSON = {"content-type": "application/json"}


class Caller:
    """Ask the same rows again and again; whatever is not 200 and logged is a failure."""

    def __init__(
        self,
        port: int,
        rows: Sequence[dict[str, Any]],
        *,
        path: str = "/api/predictions",
        pause: float = 0.02,
    ) -> None:
        self.answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        """The row and the answer of each prediction id."""
        self.failures: list[object] = []
        self._port = port
        self._rows = rows
        self._path = path
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        body = json.dumps(self._rows)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            while not self._stop.wait(self._pause):
                try:
                    connection.request("POST", self._path, body, _JSON)
                    response = connection.getresponse()
                    said = response.read()
                except (OSError, http.client.HTTPException) as error:
                    self.failures.append(error)
                    connection.close()
                    continue
                if response.status != 200 or response.headers["x-prediction-logged"]:
                    self.failures.append((response.status, said))
                    continue
                for row, answer in zip(self._rows, json.loads(said), strict=True):
                    self.answers[answer["prediction_id"]] = row, answer
