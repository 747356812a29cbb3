"""`GET /api/logs`: a page of predictions as JSON, or all that match as CSV or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hookline.errors import LogQueryError
from hookline.predlog.query.export import Exporter, TextFormat, written
from hookline.predlog.query.filter import Filter, read_filter
from hookline.predlog.query.page import MOST, newest_page
from hookline.predlog.query.walk import Place, read_place
from hookline.service.access import Access
from hookline.service.exchange import Exchange
from hookline.service.logpages.desk import Desk, begin, query_of, reply

__all__ = ["LogsApi", "asked"]

_FEW = 50
_KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


class LogsApi:
    """Answer `GET /api/logs` to whoever may read the log."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        self._access.admit(exchange.headers, "logs")
        words = query_of(exchange)
        form = words.pop("format", "json")
        if form not in ("json", *_KINDS):
            raise LogQueryError("format is unknown; it may be json, jsonl or csv")
        wanted, before, most = asked(words, self._desk, most=_FEW)
        if form != "json":
            await self._export(exchange, wanted, TextFormat(form))
            return
        page = await self._desk.read(
            lambda connection: newest_page(connection, wanted, before=before, most=most), maybe_none=True
        )
        records = ",".join(written(entry) for entry in page.entries)
        place = json.dumps(None if page.next is None else str(page.next))
        body = f'{{"records":[{records}],"next":{place},"stopped":{json.dumps(page.stopped)}}}'
        await reply(exchange, body, "application/json")

    async def _export(self, exchange: Exchange, wanted: Filter, form: TextFormat) -> None:
        exporter = Exporter(wanted, form)
        piece: str | None = await self._desk.read(exporter.first, maybe_none=True)
        attachment = f'attachment; filename="predictions.{form.value}"'.encode()
        await begin(exchange, _KINDS[form.value], [(b"content-disposition", attachment)])
        while piece is not None:
            await exchange.send({"type": "http.response.body", "body": piece.encode(), "more_body": True})
            piece = await self._desk.read(exporter.more, maybe_none=True)
        await exchange.send({"type": "http.response.body", "body": b""})


def asked(words: Mapping[str, str], desk: Desk, *, most: int) -> tuple[Filter, Place | None, int]:
    """Read a filter, the place to begin before, and how many are wanted."""
    rest: dict[str, Any] = dict(words)
    before, limit = rest.pop("before", ""), rest.pop("limit", None)
    if limit is not None and not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= MOST):
        raise LogQueryError(f"limit is not a number from 1 to {MOST}")
    return (
        read_filter(rest, desk.now(), desk.zone),
        read_place(before) if before else None,
        int(limit) if limit else most,
    )
