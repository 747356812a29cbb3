"""Ask over and over on many connections, and keep every answer and every failure: nothing is retried."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.framework.service.wire import request_bytes

__all__ = ["Connection", "Load", "Reply", "until"]

SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """One answer, and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def worker(self) -> str:
        """Return the part of the request's id that tells workers apart."""
        return self.headers["x-request-id"].partition("-")[0]

    @property
    def model(self) -> str:
        return self.headers.get("x-model-id", "")

    @property
    def version(self) -> str:
        return self.headers.get("x-model-version", "")

    @property
    def value(self) -> float:
        return float(json.loads(self.body)[0]["value"])


class Connection:
    """Send one request after another; connect again when the answer before said close."""

    def __init__(self, port: int) -> None:
        self.worker = ""
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Reply:
        started = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.partition(": ") for line in head[1:] if line]
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        reply = Reply(int(head[0].split(" ")[1]), headers, body, time.perf_counter() - started)
        self.worker = reply.worker
        if headers.get("connection") == "close":
            self.close()
        return reply

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
            self.worker = ""


class Load:
    """Keep asking while entered. `lost` names, for each failure, the worker that had the connection."""

    def __init__(
        self,
        port: int,
        body: bytes,
        *,
        connections: int = 8,
        path: str = "/api/predictions",
        pause: float = 0.0,
        method: str = "POST",
    ) -> None:
        self.replies: list[Reply] = []
        self.failures: list[str] = []
        self.lost: list[str] = []
        self._request = request_bytes(method, path, body or None)
        self._connections = [Connection(port) for _ in range(connections)]
        self._pause = pause
        self._over = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._keep_asking(one)) for one in self._connections]
        await until(lambda: len(self.replies) >= len(self._tasks) or bool(self.failures))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        await asyncio.wait_for(asyncio.gather(*self._tasks), SECONDS)

    @property
    def statuses(self) -> dict[int, int]:
        """Count the answers by status."""
        return dict(Counter(reply.status for reply in self.replies))

    @property
    def held(self) -> dict[str, int]:
        """Count the open connections by the worker that has them."""
        return dict(Counter(connection.worker for connection in self._connections if connection.worker))

    async def more(self, count: int) -> None:
        """Wait for so many more answers."""
        goal = len(self.replies) + count
        await until(lambda: len(self.replies) >= goal)

    async def _keep_asking(self, connection: Connection) -> None:
        while not self._over:
            try:
                self.replies.append(await asyncio.wait_for(connection.ask(self._request), SECONDS))
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                self.lost.append(connection.worker)
                connection.close()
            await asyncio.sleep(self._pause)
        connection.close()


async def until(holds: Callable[[], Any], seconds: float = SECONDS) -> None:
    """Wait until something holds; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.005)
