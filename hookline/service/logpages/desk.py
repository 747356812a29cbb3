"""Where requests about the log are dealt with: few at a time, in threads, by read-only connections."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from hookline.config import Settings
from hookline.errors import LogQueryError, NoLogError
from hookline.predlog.query.database import database_of, nothing_yet, reading
from hookline.service.exchange import Exchange
from hookline.service.problems import RETRY_SOON, Problem

__all__ = ["Desk", "begin", "query_of", "reply"]

_AT_ONCE = 2
_MOST_WAITING = 16
_MOST_FIELDS = 32
_T = TypeVar("_T")
Headers = Sequence[tuple[bytes, bytes]]


class Desk:
    """Read the log for requests. Predictions go first: at most two questions are answered at a time."""

    def __init__(self, settings: Settings, root: Path) -> None:
        self.settings = settings
        self.root = root
        self.zone = ZoneInfo(settings.prediction_log.timezone)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    @staticmethod
    def now() -> int:
        """Return the time as the log has it."""
        return time.time_ns() // 1000

    async def read(self, work: Callable[[sqlite3.Connection], _T], *, maybe_none: bool = False) -> _T:
        """Return what `work` finds in the log; if there is none yet, in an empty one if `maybe_none`."""

        def read() -> _T:
            path = database_of(self.settings, self.root)
            try:
                with reading(path) as connection:
                    return work(connection)
            except NoLogError:
                if not maybe_none:
                    raise
            with nothing_yet() as connection:
                return work(connection)

        async with self._turn():
            return await asyncio.to_thread(read)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= _MOST_WAITING:
            raise Problem("overloaded", headers=[RETRY_SOON])
        self._waiting += 1
        try:
            async with self._turns:
                yield
        finally:
            self._waiting -= 1


def query_of(exchange: Exchange) -> dict[str, str]:
    """Return the fields of the address's query; of one given twice, the last."""
    try:
        text = exchange.scope.get("query_string", b"").decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise LogQueryError("the address's query cannot be read: it is not UTF-8, or too long") from None
    return dict(fields)


async def begin(exchange: Exchange, kind: str, more: Headers = (), status: int = 200) -> None:
    """Begin an answer whose headers take the place of the common ones."""
    headers = [(b"content-type", kind.encode()), *more]
    await exchange.send({"type": "http.response.start", "status": status, "headers": headers})


async def reply(
    exchange: Exchange, body: str | bytes, kind: str, more: Mapping[str, str] | None = None, status: int = 200
) -> None:
    """Send a whole answer whose headers take the place of the common ones."""
    data = body.encode() if isinstance(body, str) else body
    headers = [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    if status != 304:
        headers.append((b"content-length", b"%d" % len(data)))
    await begin(exchange, kind, headers, status)
    await exchange.send({"type": "http.response.body", "body": b"" if status == 304 else data})
