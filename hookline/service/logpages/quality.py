"""`GET /api/quality` and `GET /quality`: how good predictions were, as far as the truth is known."""

from __future__ import annotations

import json
from typing import Any

from hookline.errors import LogQueryError
from hookline.predlog.query.filter import Filter, read_filter
from hookline.predlog.query.quality import Quality, quality
from hookline.service.access import Access
from hookline.service.exchange import Exchange
from hookline.service.logpages import drawing
from hookline.service.logpages.desk import Desk, query_of, reply
from hookline.service.logpages.page import show

__all__ = ["QualityApi", "QualityPage"]

_FIELDS = ("since", "until", "model_version")
_MOST_CLASSES = 20


class QualityApi:
    """Answer `GET /api/quality` to whoever may read the log."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        self._access.admit(exchange.headers, "logs")
        wanted = _wanted(query_of(exchange), self._desk)
        found = await self._desk.read(lambda connection: quality(connection, wanted))
        body = json.dumps(found.as_json(self._desk.zone), ensure_ascii=False, allow_nan=False)
        await reply(exchange, body, "application/json")


class QualityPage:
    """Answer `GET /quality`, whole or in parts."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        await show(exchange, self._access, self._desk, "quality.html.j2", self._content)

    async def _content(self, words: dict[str, str], part: str) -> dict[str, Any]:
        if part not in ("", "view"):
            raise LogQueryError("there is no such part of the page")
        wanted = _wanted(words, self._desk)
        found = await self._desk.read(lambda connection: quality(connection, wanted))
        return {
            "words": words,
            "found": found,
            "versions": [_shown(found, version, self._desk) for version in found.versions],
            "zone": str(self._desk.zone),
        }


def _wanted(words: dict[str, str], desk: Desk) -> Filter:
    for name in words:
        if name not in _FIELDS:
            raise LogQueryError(f"quality has no filter of that name; there are {', '.join(_FIELDS)}")
    return read_filter(words, desk.now(), desk.zone)


def _shown(found: Quality, version: str, desk: Desk) -> dict[str, Any]:
    total = found.total(version)
    scores = total.scores()
    series = [cell.scores() for cell in found.versions[version]]
    classes = [one["class_name"] for one in scores.get("classes", [])][:_MOST_CLASSES]
    names = ("accuracy", "macro_f1") if total.pairs else ("rmse", "mae")
    place = (found.start, found.width)
    return {
        "version": version,
        "scores": scores,
        "classes": classes,
        "pairs": total.pairs,
        "most": max(total.pairs.values(), default=1),
        "plot": drawing.over_time(
            {name: [one.get(name) for one in series] for name in names},
            place,
            desk.zone,
            highest=1.0 if total.pairs else None,
        ),
        "coverage": drawing.over_time(
            {"coverage": [one["coverage"] if one["predictions"] else None for one in series]},
            place,
            desk.zone,
            highest=1.0,
        ),
    }
