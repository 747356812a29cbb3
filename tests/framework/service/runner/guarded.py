"""A small app behind the guarded protocol, served in a thread, with limits that are soon reached."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from hookline.service.runner.protocol import GuardedProtocol, Guards, guarded_protocol
from tests.framework.service.wire import Wire

__all__ = ["BIG", "Guarded", "guarded"]

BIG = 32 * 1024 * 1024


class Guarded:
    """A running server, and what it counted."""

    def __init__(self, *, keep_alive: float = 30, **limits: Any) -> None:
        self.refused: list[str] = []
        self.connections = 0
        self.disconnects = 0
        self.release = threading.Event()
        guards = Guards(
            **{"header_bytes": 2048, "header_seconds": 0.3, "body_seconds": 0.3, **limits},
            count=self._count,
            refused=self.refused.append,
        )
        self.protocol = guarded_protocol(guards)
        config = uvicorn.Config(
            self._app,
            http=self.protocol,
            log_config=None,
            log_level="error",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            timeout_keep_alive=keep_alive,  # type: ignore[arg-type]  # as in DrainingServer
        )
        self.server = uvicorn.Server(config)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._thread = threading.Thread(target=self.server.run, args=([self.listener],))
        self._thread.start()

    def wire(self) -> Wire:
        return Wire(self.port)

    def live(self) -> list[GuardedProtocol]:
        """Return the connections that are open."""
        return list(self.server.server_state.connections)  # type: ignore[arg-type]  # all are guarded

    def tell_all(self, what: Callable[[GuardedProtocol], None]) -> None:
        """Do something with every connection, in the server's own thread."""
        done = threading.Event()

        def act() -> None:
            for connection in self.live():
                what(connection)
            done.set()

        self.live()[0].loop.call_soon_threadsafe(act)
        assert done.wait(10)

    def stop(self) -> None:
        self.release.set()
        self.server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _count(self, connections: int) -> None:
        self.connections = connections

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        if path == "/wait":
            await asyncio.to_thread(self.release.wait, 10)
        size, more = 0, path not in ("/early", "/part")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnects += 1
                return
            size += len(message["body"])
            more = message["more_body"]
        body = bytes(BIG) if path == "/big" else str(size).encode()
        headers = [(b"content-length", b"%d" % (len(body) + (path == "/part")))]
        if path == "/early":
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": path == "/part"})
        while path == "/part" and (await receive())["type"] != "http.disconnect":
            pass


@contextmanager
def guarded(**limits: Any) -> Iterator[Guarded]:
    """Serve while the block runs."""
    server = Guarded(**limits)
    try:
        yield server
    finally:
        server.stop()
