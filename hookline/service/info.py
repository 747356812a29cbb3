"""`GET /info`: what is running."""

from __future__ import annotations

from pydantic_core import to_json

import hookline
from hookline.service.exchange import Exchange
from hookline.service.health import not_ready
from hookline.service.state import State

__all__ = ["Info"]


class Info:
    """Name service and model."""

    def __init__(self, name: str, state: State) -> None:
        self._service = {"name": name, "version": hookline.__version__}
        self._state = state

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        if self._state.model is None:
            raise not_ready(self._state)
        await exchange.answer(to_json(self._service | self._state.model.describe()))
