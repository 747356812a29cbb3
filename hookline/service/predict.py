"""`POST /api/predictions` and `/api/proba_predictions`: body → rows → engine → bytes, nothing in between."""

from __future__ import annotations

from time import perf_counter

from hookline.service.access import Access
from hookline.service.answers import Encoder
from hookline.service.engine import Engine
from hookline.service.exchange import Exchange
from hookline.service.jobs import Job
from hookline.service.rows import RowReader

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
        started = perf_counter()
        body = await exchange.json_body(self._most)
        large = len(body) > LARGE_BODY
        if large:
            rows = await self._engine.apart(self._reader.read_large, body)
        else:
            rows = self._reader.read(body)
        self._access.spend(exchange.key, len(rows))
        exchange.rows = len(rows)
        job = Job(rows, self._path, self._encode, exchange.request_id, started, large)
        answer = await self._engine.submit(job)
        await exchange.answer(answer, more=() if job.logged else NOT_LOGGED)
