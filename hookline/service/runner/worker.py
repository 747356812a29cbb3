"""One worker: a forked process that serves until it is told to stop, or until nobody is left to tell it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable

import uvloop

from hookline.config import Settings
from hookline.service.app import App
from hookline.service.runner.server import DrainingServer
from hookline.service.runner.stops import RETIRE
from hookline.service.runner.tally import Share

__all__ = ["serve"]

_TURN = 0.0005
"""Seconds after which a thread with long work must let the event loop have its turn: a request needs several,
and Python's own are ten times as long."""


def serve(
    app: App,
    settings: Settings,
    listener: socket.socket,
    *,
    permit: int,
    share: Share,
    ready: Callable[[], None],
) -> None:
    """Serve; `permit` is the reading end of a pipe, and its end is the supervisor's."""
    sys.setswitchinterval(_TURN)
    uvloop.run(_serve(DrainingServer(app, settings, listener, share=share, ready=ready), permit))


async def _serve(server: DrainingServer, permit: int) -> None:
    loop = asyncio.get_running_loop()

    def supervisor_died() -> None:
        loop.remove_reader(permit)
        server.stop(RETIRE)

    os.set_blocking(permit, False)
    loop.add_reader(permit, supervisor_died)
    await server.serve()
