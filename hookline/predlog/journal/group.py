"""Appending off the event loop: records that wait together are written, and synced, by one call."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import NamedTuple

from hookline.errors import NotLoggedError
from hookline.predlog.journal.writer import Journal

__all__ = ["Group"]


class _Item(NamedTuple):
    data: bytes
    records: int
    loss: int
    done: asyncio.Future[None]


class Group:
    """Append to `journal` in a thread of `executor`, which must have only one."""

    def __init__(self, journal: Journal, executor: Executor) -> None:
        self._journal = journal
        self._executor = executor
        self._waiting: list[_Item] = []
        self._work: asyncio.Task[None] | None = None

    async def append(self, data: bytes, records: int, *, loss: int = 0) -> None:
        """Return when these lines hold; raise `NotLoggedError` as `Journal.append` does."""
        loop = asyncio.get_running_loop()
        item = _Item(data, records, loss, loop.create_future())
        self._waiting.append(item)
        if self._work is None:
            self._work = loop.create_task(self._run())
        await item.done

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            items, self._waiting = self._waiting, []
            errors = await loop.run_in_executor(self._executor, self._write, items)
            for item, error in zip(items, errors, strict=True):
                if item.done.done():
                    continue  # whoever waited is gone
                if error is None:
                    item.done.set_result(None)
                else:
                    item.done.set_exception(error)
        self._work = None

    def _write(self, items: list[_Item]) -> list[Exception | None]:
        """Write all at once; if that cannot be, one by one, so that what fits goes in."""
        if len(items) > 1:
            try:
                self._journal.append(
                    b"".join(item.data for item in items), sum(item.records for item in items)
                )
            except NotLoggedError:
                return [self._write_one(item) for item in items]
            except Exception as error:
                # Whether they are written is not known: not again, and nobody is to wait for ever.
                return [error] * len(items)
            return [None] * len(items)
        return [self._write_one(items[0])]

    def _write_one(self, item: _Item) -> Exception | None:
        try:
            self._journal.append(item.data, item.records, loss=item.loss)
        except Exception as error:
            return error
        return None
