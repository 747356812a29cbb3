"""One HTTP exchange at the ASGI level: what is left of a framework when every microsecond is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hookline.service.access import Key
from hookline.service.arrivals import Arrivals
from hookline.service.ids import new_request_id
from hookline.service.problems import MEDIA_TYPE, Problem

__all__ = ["Disconnected", "Exchange", "request_id_of", "require_size"]

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_JSON = b"application/json"


class Disconnected(Exception):  # noqa: N818 - it is nobody's error
    """The connection ended before the request did."""


class Exchange:
    """Read one request, and answer it."""

    __slots__ = (
        "_send", "body", "common", "entered", "headers", "key", "receive", "request_id", "rows", "scope",
        "status",
    )  # fmt: skip

    def __init__(self, scope: Any, receive: Any, send: Any, common: list[tuple[bytes, bytes]]) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.common = common
        self.headers = dict(scope["headers"])
        self.status = 0
        self.rows = 0
        self.body = b""
        self.entered = 0.0
        self.key: Key | None = None
        self.request_id = request_id_of(self.headers)

    async def read_json(self, most: int, arrivals: Arrivals) -> None:
        """Read `body` if it calls itself JSON and has at most `most` bytes; stop at one too many."""
        self.require_json(most)
        body, more = await self._part()
        if more:
            body = await self._rest(body, most, arrivals)
        require_size(body, most)
        self.body = body

    def require_json(self, most: int) -> None:
        """Refuse a body by its headers alone, if they say that it is no JSON or too large."""
        headers = self.headers
        kind = headers.get(b"content-type", b"")
        if kind != _JSON and not _is_json(kind):
            raise Problem("media-type")
        if b"content-encoding" in headers and headers[b"content-encoding"].lower() != b"identity":
            raise Problem("media-type", detail="Send the body without Content-Encoding.")
        length = headers.get(b"content-length")
        if length is not None and _number(length) > most:
            raise _too_large(most)

    async def _rest(self, first: bytes, most: int, arrivals: Arrivals) -> bytes:
        parts, size, more = [first], 0, True
        try:
            while True:
                arrivals.add(len(parts[-1]))
                size += len(parts[-1])
                if not more or size > most:
                    return b"".join(parts)
                part, more = await self._part()
                parts.append(part)
        finally:
            arrivals.remove(size)

    async def _part(self) -> tuple[bytes, bool]:
        """Wait for a part of the body; tell whether another follows."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message.get("body", b""), message.get("more_body", False)

    async def send(self, message: Any) -> None:
        """Pass on what an inner app sends, with the headers every answer carries."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            known = {name for name, _ in message["headers"]}
            more = [(b"x-request-id", self.request_id.encode()), *self.common]
            message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in known)]
        await self._send(message)

    async def answer(
        self,
        body: bytes,
        *,
        status: int = 200,
        kind: bytes = _JSON,
        more: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Send the whole answer."""
        self.status = status
        headers = [
            (b"content-type", kind),
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", self.request_id.encode()),
            *self.common,
            *more,
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def nothing(self, more: Sequence[tuple[bytes, bytes]]) -> None:
        """Send an answer that is headers only."""
        self.status = 204
        headers = [(b"x-request-id", self.request_id.encode()), *self.common, *more]
        await self._send({"type": "http.response.start", "status": 204, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})

    async def refuse(self, problem: Problem) -> None:
        """Send a problem."""
        more = [*problem.headers]
        if problem.close:
            more.append((b"connection", b"close"))
        body = problem.body(self.request_id)
        await self.answer(body, status=problem.rule.status, kind=MEDIA_TYPE, more=more)


def require_size(body: bytes, most: int) -> None:
    """Refuse a body of more than `most` bytes, whatever its headers say."""
    if len(body) > most:
        raise _too_large(most)


def request_id_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the id the caller gave the request, if it is a sane one; otherwise a new one."""
    given = headers.get(b"x-request-id")
    return given.decode() if given and _SANE_ID.fullmatch(given) else new_request_id()


def _is_json(kind: bytes) -> bool:
    kind = kind.partition(b";")[0].strip().lower()
    return kind == _JSON or (kind.startswith(b"application/") and kind.endswith(b"+json"))


def _number(length: bytes) -> int:
    # A server lets only digits through; who calls the app otherwise may not.
    if not length.isdigit():
        raise Problem("malformed", detail="Content-Length is not a number.", close=True)
    return int(length[:18])


def _too_large(most: int) -> Problem:
    detail = f"The body may have at most {most} bytes; send fewer rows per request."
    return Problem("too-large", detail=detail, close=True)
