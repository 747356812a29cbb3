"""Work that answers must not wait for: collected for a moment, then done by a thread, many items at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from hookline.service import logs

__all__ = ["Aside"]

Item = TypeVar("Item")

_PATIENCE = 2.0
"""Seconds that the last items may take when the worker ends."""


class Aside(Generic[Item]):
    """Hand items to `work` in batches. When it cannot keep up, new ones are dropped, and counted."""

    def __init__(
        self, work: Callable[[list[Item], int], None], *, every: float = 0.05, most: int = 10_000
    ) -> None:
        self._work = work
        self._every = every
        self._most = most
        self._items: list[Item] = []
        self._dropped = 0
        self._batches: SimpleQueue[tuple[list[Item], int] | None] = SimpleQueue()
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Take an item, from the event loop's thread."""
        if not self._items:
            asyncio.get_running_loop().call_later(self._every, self._hand_over)
        if len(self._items) < self._most:
            self._items.append(item)
        else:
            self._dropped += 1

    async def close(self) -> bool:
        """Finish what was taken, if that does not take too long; tell whether it did not."""
        await asyncio.to_thread(self._idle.wait, _PATIENCE)
        self._pass_on()
        self._batches.put(None)
        await asyncio.to_thread(self._thread.join, _PATIENCE)
        return not self._thread.is_alive()

    def _hand_over(self) -> None:
        if not self._idle.is_set():
            asyncio.get_running_loop().call_later(self._every, self._hand_over)
        elif self._items:
            self._pass_on()

    def _pass_on(self) -> None:
        batch = self._items, self._dropped
        self._items, self._dropped = [], 0
        self._idle.clear()
        self._batches.put(batch)

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                self._work(*batch)
            except Exception as error:
                logs.exception("work aside failed; what it was about is lost", error)
            finally:
                self._idle.set()
