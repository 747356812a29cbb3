"""Headers that every answer carries, and those that let pages of other origins call the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["SECURITY", "Cors", "HeaderList"]

HeaderList: TypeAlias = list[tuple[bytes, bytes]]

SECURITY: HeaderList = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
"""An answer is data: not to be guessed at, run, framed or kept. The pages of /docs bring their own policy."""

_ANY = "*"
_VARY = (b"vary", b"Origin")
_EXPOSED = (
    b"access-control-expose-headers",
    b"X-Request-ID, X-Model-Id, X-Model-Version, X-Prediction-Logged, Retry-After",
)
_ALLOWED: HeaderList = [
    (b"access-control-allow-methods", b"GET, POST"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, X-API-Key, X-Request-ID, traceparent, tracestate",
    ),
    (b"access-control-max-age", b"600"),
]


class Cors:
    """Tell browsers which origins may call. Others are answered all the same, but cannot read it."""

    def __init__(self, origins: Sequence[str], common: Sequence[tuple[bytes, bytes]]) -> None:
        self._any = _ANY in origins
        self._other = [*common] if self._any else [*common, _VARY]
        self._known = {
            origin.encode(): [*self._other, (b"access-control-allow-origin", origin.encode()), _EXPOSED]
            for origin in ([_ANY] if self._any else origins)
        }

    def common(self, headers: Mapping[bytes, bytes]) -> HeaderList:
        """Return the headers of every answer to a request with these headers."""
        return self._known.get(self._origin(headers), self._other)

    def preflight(self, method: str, headers: Mapping[bytes, bytes]) -> HeaderList | None:
        """Return what more to say to a browser that asks whether it may call; None if it does not ask."""
        if method != "OPTIONS" or b"access-control-request-method" not in headers:
            return None
        return _ALLOWED if self._origin(headers) in self._known else []

    def _origin(self, headers: Mapping[bytes, bytes]) -> bytes:
        given = headers.get(b"origin", b"")
        return _ANY.encode() if self._any and given else given
