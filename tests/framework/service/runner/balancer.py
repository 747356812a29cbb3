"""A small HTTP balancer, as every platform has one: it sends requests to instances that say they are ready.

Like real ones it keeps connections to its instances, drops them when it is told `connection: close` or when
an instance is not ready any more, and tries nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field

from tests.framework.service.wire import request_bytes

__all__ = ["Balancer", "balancing"]

_READY = request_bytes("GET", "/health/ready", headers={"connection": "close"})
_BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nx-request-id: balancer\r\n\r\n"
_EVERY = 0.1

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Instance:
    """One service behind the balancer."""

    port: int
    ready: bool = False
    idle: list[Streams] = field(default_factory=list)

    def drop(self) -> None:
        while self.idle:
            self.idle.pop()[1].close()


class Balancer:
    """Send each request to the next instance that is ready."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = 0
        self.instances = [Instance(port) for port in ports]
        self._turn = 0

    async def watch(self) -> None:
        while True:
            await asyncio.gather(*(self._look_at(instance) for instance in self.instances))
            await asyncio.sleep(_EVERY)

    async def _look_at(self, instance: Instance) -> None:
        ready = False
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", instance.port)
            with closing(writer):
                writer.write(_READY)
                ready = b" 200 " in await asyncio.wait_for(reader.readline(), 1)
        instance.ready = ready
        if not ready:
            instance.drop()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one caller's requests, one after the other."""
        with closing(writer), contextlib.suppress(OSError, EOFError):
            while True:
                request, _ = await _message(reader)
                try:
                    writer.write(await self._forward(request))
                except (OSError, EOFError, IndexError):
                    writer.write(_BAD_GATEWAY)

    async def _forward(self, request: bytes) -> bytes:
        ready = [instance for instance in self.instances if instance.ready]
        self._turn += 1
        instance = ready[self._turn % len(ready)] if ready else ready[0]
        streams = (
            instance.idle.pop()
            if instance.idle
            else await asyncio.open_connection("127.0.0.1", instance.port)
        )
        with contextlib.ExitStack() as stack:
            stack.enter_context(closing(streams[1]))
            streams[1].write(request)
            answer, last = await _message(streams[0])
            if not last and instance.ready:
                stack.pop_all()
                instance.idle.append(streams)
        return answer.replace(b"\r\nconnection: close", b"")


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """Read a request or an answer; tell whether it is the last of its connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
    body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
    return head + body, fields.get(b"connection") == b"close"


@asynccontextmanager
async def balancing(*ports: int) -> AsyncIterator[Balancer]:
    """Balance between services while the block runs."""
    balancer = Balancer(ports)
    watching = asyncio.create_task(balancer.watch())
    server = await asyncio.start_server(balancer.talk, "127.0.0.1", 0)
    balancer.port = server.sockets[0].getsockname()[1]
    try:
        yield balancer
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        server.close()
        for instance in balancer.instances:
            instance.drop()
