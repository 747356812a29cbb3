"""Accept connections so that they are spread over the workers.

All workers wait at one socket. Left to the event loop, the first to wake takes every connection that waits
and its neighbours none; keep-alive would have it stay so. Here a worker takes one at a time, and one that is
ahead of another lets it go first for a moment.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from uvicorn.server import ServerState

from hookline.service.runner.tally import Share

__all__ = ["Acceptor"]

_COURTESY = 0.001
_RECOVERY = 0.1
_log = logging.getLogger("hookline.service")


class Acceptor:
    """Stand where uvicorn keeps its asyncio servers: something that accepts until it is closed."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        state: ServerState,
        share: Share,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._state = state
        self._share = share
        self._pause: asyncio.TimerHandle | None = None
        self._full = False
        self._loop.add_reader(listener.fileno(), self._take_turn)

    def close(self) -> None:
        """Accept no more; what waits is for the others."""
        if self._listener.fileno() < 0:
            return
        self._loop.remove_reader(self._listener.fileno())
        if self._pause is not None:
            self._pause.cancel()
        self._listener.close()

    async def wait_closed(self) -> None:
        """Do nothing: there is nothing to wait for."""

    def _take_turn(self) -> None:
        if self._share.is_ahead:
            self._wait(_COURTESY)
        else:
            self._accept()

    def _wait(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._pause = self._loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener.fileno(), self._take_turn)
        self._accept()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another worker was quicker, or the caller went away
        except OSError as error:
            if not self._full:
                _log.warning("cannot accept connections: %s", error.strerror)
            self._full = True
            self._wait(_RECOVERY)
            return
        self._full = False
        self._share.add()
        connection.setblocking(False)
        # Among uvicorn's tasks, so that a stopping server waits for a connection on its way.
        task = self._loop.create_task(self._connect(connection))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()
