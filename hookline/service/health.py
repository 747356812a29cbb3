"""Probes: is the process alive, has it started, should it get requests."""

from __future__ import annotations

from hookline.service.exchange import Exchange
from hookline.service.problems import RETRY_SOON, Problem
from hookline.service.state import State

__all__ = ["Health", "not_ready", "ping"]


async def ping(exchange: Exchange) -> None:
    """Answer as simply as can be."""
    await exchange.answer(b'{"ping":"pong"}')


class Health:
    """Answer probes from the worker's state; never touches disk, log or model."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def live(self, exchange: Exchange) -> None:
        """Say that the event loop turns."""
        await exchange.answer(b'{"status":"live"}')

    async def startup(self, exchange: Exchange) -> None:
        """Say whether the model is loaded."""
        if not self._state.started:
            raise not_ready(self._state)
        await exchange.answer(b'{"status":"started"}')

    async def ready(self, exchange: Exchange) -> None:
        """Say whether requests should come here."""
        if not self._state.ready:
            raise not_ready(self._state)
        await exchange.answer(b'{"status":"ready"}')


def not_ready(state: State) -> Problem:
    """Say why requests are not welcome now."""
    reason = "it is stopping" if state.draining else (state.started and state.refusal) or state.reason
    return Problem("not-ready", detail=f"The service is not ready: {reason}.", headers=[RETRY_SOON])
