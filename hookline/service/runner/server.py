"""uvicorn's server with our way of accepting connections, and of parting from them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from hookline.config import Settings
from hookline.service.app import App
from hookline.service.runner.acceptor import Acceptor
from hookline.service.runner.protocol import GuardedProtocol, Guards, guarded_protocol
from hookline.service.runner.stops import DRAIN, FINISH, RETIRE, STOPS
from hookline.service.runner.tally import Share

__all__ = ["DrainingServer"]

_LAST_WORD = 0.5
"""Seconds an idle connection may still send a request after the port is closed, when callers were warned."""


class DrainingServer(uvicorn.Server):
    """Serve one app until told to stop; see `stops` for the three ways."""

    def __init__(
        self,
        app: App,
        settings: Settings,
        listener: socket.socket,
        *,
        share: Share,
        ready: Callable[[], None],
    ) -> None:
        service = settings.service
        guards = Guards(
            header_bytes=service.max_header_bytes,
            header_seconds=service.header_timeout,
            body_seconds=service.body_timeout,
            count=share.count,
            refused=app.refused,
        )
        self._protocol = guarded_protocol(guards)
        config = uvicorn.Config(
            app,
            http=self._protocol,
            loop="uvloop",
            ws="none",
            lifespan="on",
            interface="asgi3",
            log_config=None,
            log_level="error",  # what callers do wrong is answered, not logged
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=service.keep_alive,  # type: ignore[arg-type]  # it is handed to call_later
            timeout_graceful_shutdown=int(service.drain_seconds) + 1,
        )
        super().__init__(config)
        self._app = app
        self._listener = listener
        self._share = share
        self._ready = ready
        self._delay = service.drain_delay
        self._finish = service.drain_seconds
        self._linger = {DRAIN: _LAST_WORD, RETIRE: service.drain_seconds, FINISH: 0.0}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - we have our own
        """Start the app; only then accept connections, and say so."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        self._protocol.express = self._app.express
        self._protocol.common = self._app.common
        acceptor = Acceptor(self._listener, self._connection, self.server_state, self._share)
        self.servers = [acceptor]  # type: ignore[list-item]  # uvicorn closes them, and that is all
        self.started = True
        self._ready()

    def _connection(self) -> GuardedProtocol:
        return self._protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to the stem, and leave the keyboard to the supervisor."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        for number in STOPS:
            loop.add_signal_handler(number, self.stop, number)
        yield

    def stop(self, number: signal.Signals) -> None:
        """Begin to stop; told again in another way, that one holds."""
        self._protocol.retiring = True
        for connection in self._connections():
            connection.retire()
        if number == DRAIN and not self.should_exit:
            self._app.state.draining = True
            asyncio.get_running_loop().call_later(self._delay, self._leave, _LAST_WORD)
        else:
            self._leave(self._linger[number])

    def _leave(self, linger: float) -> None:
        """Accept no more; idle connections get so many seconds for a request that is on its way."""
        self._protocol.linger = min(linger, self._protocol.linger)
        for server in self.servers:
            server.close()
        if self.should_exit:
            for connection in self._connections():
                connection.shutdown()
        else:
            asyncio.get_running_loop().call_later(self._finish, self._give_up)
        self.should_exit = True

    def _give_up(self) -> None:
        for connection in self._connections():
            connection.give_up()

    def _connections(self) -> list[GuardedProtocol]:
        return list(self.server_state.connections)  # type: ignore[arg-type]  # all of them are ours
