"""`GET /logs`: the log to look at. The server writes all of it; the script only brings in parts anew.

With keys configured the page itself holds nothing but a form for a key. The script keeps the key for the
browser's session and sends it along when it asks for the parts, which nobody gets without.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from hookline.errors import LogQueryError, LogUnreadableError, NoLogError
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.names import Names, names_of
from hookline.predlog.query.overview import overview
from hookline.predlog.query.page import Page, newest_page
from hookline.predlog.query.truths import truths_of
from hookline.service.access import Access
from hookline.service.exchange import Exchange
from hookline.service.logpages import drawing
from hookline.service.logpages.api import asked
from hookline.service.logpages.desk import Desk, query_of, reply
from hookline.service.logpages.templates import render
from hookline.service.problems import Problem

__all__ = ["HEADERS", "LogsPage", "show"]

HTML = "text/html; charset=utf-8"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
}
_ROWS = 50
_WHOLE = ("", "view")
"""Parts that come without charts, which take longer than rows: the script fetches them at once."""


_STATUS: dict[type[Exception], int] = {LogQueryError: 422, LogUnreadableError: 503}


class LogsPage:
    """Answer `GET /logs`, whole or in parts."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access
        self._parts: Mapping[str, Callable[..., Any]] = {
            "": _whole,
            "view": _whole,
            "records": _records,
            "charts": _charts,
            "detail": _detail,
        }

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        await show(exchange, self._access, self._desk, "logs.html.j2", self._content)

    async def _content(self, words: dict[str, str], part: str) -> dict[str, Any]:
        if part not in self._parts:
            raise LogQueryError("there is no such part of the page")
        desk = self._desk
        charts = words.pop("charts", "")
        wanted, before, _ = asked(words, desk, most=_ROWS)
        content = await desk.read(lambda connection: self._parts[part](connection, wanted, before, desk))
        later = part in _WHOLE and not charts
        if part in _WHOLE:
            drawn = {"overview": None} if later else None
            content |= drawn or await desk.read(lambda connection: _charts(connection, wanted, before, desk))
        return {
            "wanted": wanted,
            "words": {name: value for name, value in words.items() if value and name != "before"},
            "later": later,
            "live": before is None and wanted.until is None,
            "zone": str(desk.zone),
            **content,
        }


async def show(
    exchange: Exchange, access: Access, desk: Desk, template: str, content: Callable[..., Any]
) -> None:
    """Answer with a page, a part of it, or the form that asks for a key."""
    words: dict[str, str] = {}
    part, status = "", 200
    about: dict[str, Any] = {"name": desk.settings.service.name}
    try:
        words = query_of(exchange)
        part = words.pop("part", "")
        access.admit(exchange.headers, "logs")
        found = about | await content(words, part)
    except Problem as problem:
        if part or problem.kind != "unauthorized":
            raise
        found = about | {"locked": True}
    except (NoLogError, LogQueryError, LogUnreadableError) as error:
        if part not in _WHOLE:
            raise
        status = _STATUS.get(type(error), 200)
        found = about | {"note": str(error), "home": template.partition(".")[0]}
        template, part = ("note.j2", "") if part else (template, "")
    body = render(template, part, found).encode()
    headers = HEADERS | {"etag": f'"{crc32(body):x}"'}
    if exchange.headers.get(b"if-none-match", b"").decode("latin-1") == headers["etag"]:
        await reply(exchange, b"", HTML, headers, 304)
    else:
        await reply(exchange, body, HTML, headers, status)


def _whole(connection: sqlite3.Connection, wanted: Filter, before: Any, desk: Desk) -> dict[str, Any]:
    names: Names = names_of(connection)
    return {
        "names": names,
        **_records(connection, wanted, before, desk),
        **(_detail(connection, wanted, before, desk) if wanted.prediction_id else {}),
    }


def _records(connection: sqlite3.Connection, wanted: Filter, before: Any, desk: Desk) -> dict[str, Any]:
    page: Page = newest_page(connection, wanted, before=before, most=_ROWS)
    words = wanted.words()
    place = None if page.next is None else str(page.next)
    return {
        "page": page,
        "before": before,
        "reached": page.next.at if page.next else None,
        "older": None if place is None else urlencode(words | {"before": place}),
        "zone_info": desk.zone,
    }


def _charts(connection: sqlite3.Connection, wanted: Filter, _: Any, desk: Desk) -> dict[str, Any]:
    found = overview(connection, wanted)
    if found is None:
        return {"overview": None, "zone_info": desk.zone}
    return {
        "overview": found,
        "volume": drawing.columns(found, desk.zone),
        "shares": drawing.shares(found),
        "latency": drawing.latency(found, desk.zone),
        "spread": drawing.values(found, desk.zone),
        "p50": found.latency(0.5),
        "p95": found.latency(0.95),
        "zone_info": desk.zone,
    }


def _detail(connection: sqlite3.Connection, wanted: Filter, _: Any, desk: Desk) -> dict[str, Any]:
    if not wanted.prediction_id:
        raise LogQueryError("prediction_id is missing; the detail is that of one prediction")
    page = newest_page(connection, wanted)
    entry = page.entries[0] if page.entries else None
    record = {} if entry is None else entry.record
    truths = truths_of(connection, wanted.prediction_id, record.get("id")) if entry else []
    return {"entry": entry, "record": record, "truths": truths, "zone_info": desk.zone}
