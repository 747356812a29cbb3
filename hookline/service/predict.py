"""`POST /api/predictions` and `/api/proba_predictions`: body → rows → engine → bytes, nothing in between."""

from __future__ import annotations

import asyncio

from hookline.service.access import Access
from hookline.service.answers import Encoder
from hookline.service.engine import Engine
from hookline.service.exchange import Exchange, require_size
from hookline.service.jobs import Job, Reply
from hookline.service.rows import RowReader
from hookline.service.rowtype import Row

__all__ = ["LARGE_BODY", "NOT_LOGGED", "PredictDoor"]

NOT_LOGGED = ((b"x-prediction-logged", b"false"),)
"""The header of an answer that is in no log; see `prediction_log.on_full`."""

LARGE_BODY = 32 * 1024
"""A larger body is dealt with in a thread, so that the event loop goes on answering probes."""


class PredictDoor:
    """Answer one of the prediction endpoints."""

    def __init__(
        self,
        path: str,
        *,
        reader: RowReader,
        engine: Engine,
        encode: Encoder,
        access: Access,
        most_bytes: int,
    ) -> None:
        self._path = path
        self._access = access
        self._reader = reader
        self._engine = engine
        self._encode = encode
        self._most = most_bytes

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        body = exchange.body
        large = len(body) > LARGE_BODY
        if large:
            rows = await self._engine.apart(self._reader.read_large, body)
        else:
            rows = self._reader.read(body)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        job = self._submit(exchange, rows, future, large=large)
        await exchange.answer(await future, more=() if job.logged else NOT_LOGGED)

    def take(self, exchange: Exchange, body: bytes, reply: Reply) -> Job:
        """Begin to answer a request whose body is here, and not large; `reply` is told the end."""
        exchange.require_json(self._most)
        require_size(body, self._most)
        return self._submit(exchange, self._reader.read(body), reply)

    def _submit(self, exchange: Exchange, rows: list[Row], reply: Reply, *, large: bool = False) -> Job:
        count = exchange.rows = len(rows)
        self._access.spend(exchange.key, count)
        job = Job(rows, self._path, self._encode, exchange.request_id, exchange.entered, reply, large)
        self._engine.submit(job)
        return job
