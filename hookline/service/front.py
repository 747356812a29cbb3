"""The first to see a request: one pass over it, the lean doors first, FastAPI for the rest.

A prediction touches no framework: FastAPI describes its route, `Front` answers it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias

from hookline.service.access import Scope
from hookline.service.arrivals import Arrivals
from hookline.service.exchange import Disconnected, Exchange
from hookline.service.gate import Gate
from hookline.service.headers import Cors
from hookline.service.metrics import Metrics
from hookline.service.problems import Problem

__all__ = ["GET", "POST", "Asgi", "Door", "Front", "Lean", "Watcher"]

Asgi: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
Door: TypeAlias = Callable[[Exchange], Awaitable[None]]
Watcher: TypeAlias = Callable[[Exchange, float], None]
"""Told of every request that was answered, and in how many seconds."""

GET = ("GET", "HEAD")
POST = ("POST",)

_BY_STATUS = {404: "not-found", 405: "method-not-allowed"}
_OTHER = "other"
"""What metrics call the paths that FastAPI answers; callers can make up any number of them."""


@dataclass(frozen=True, slots=True)
class Lean:
    """A route that Front answers itself. With a scope it is guarded: key, capacity, a loaded model.

    What is guarded has a JSON body of at most `most` bytes, which is read before a door is asked.
    """

    methods: tuple[str, ...]
    door: Door
    scope: Scope | None = None
    most: int = 0


class Front:
    """Guard, count and dispatch."""

    def __init__(
        self,
        *,
        gate: Gate,
        arrivals: Arrivals,
        lean: Mapping[str, Lean],
        rest: Asgi,
        metrics: Metrics,
        common: list[tuple[bytes, bytes]],
        cors: Cors | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self._gate = gate
        self._arrivals = arrivals
        self._lean = lean
        self._rest = rest
        self._metrics = metrics
        self._common = common
        self._cors = cors
        self._watchers = watchers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        started = perf_counter()
        exchange = Exchange(scope, receive, send, self._common)
        cors = self._cors
        if cors is not None:
            exchange.common = cors.common(exchange.headers)
        route = self._lean.get(scope["path"])
        try:
            if cors is not None and (more := cors.preflight(scope["method"], exchange.headers)) is not None:
                await exchange.nothing(more)
            elif route is None:
                await self._by_the_rest(exchange)
            elif scope["method"] not in route.methods:
                await _by_method(exchange, route)
            elif route.scope is None:
                await route.door(exchange)
            else:
                await self._guarded(route, route.scope, exchange)
        except Disconnected:
            pass  # nobody is there any more, and whoever hung up has counted it
        except Exception as error:
            await self._refuse(exchange, error)
        finally:
            self._metrics.answered(_OTHER if route is None else scope["path"], exchange.status)
            for watch in self._watchers:
                watch(exchange, perf_counter() - started)

    async def _guarded(self, route: Lean, scope: Scope, exchange: Exchange) -> None:
        self._gate.admit(exchange, scope)
        await exchange.read_json(route.most, self._arrivals)
        self._gate.enter()
        try:
            await route.door(exchange)
        finally:
            self._gate.leave(exchange)

    async def _by_the_rest(self, exchange: Exchange) -> None:
        scope = exchange.scope
        # FastAPI knows no HEAD; the server leaves the body out.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        inner = {**scope, "method": method, "request_id": exchange.request_id}
        await self._rest(inner, exchange.receive, exchange.send)
        if exchange.status in _BY_STATUS:
            self._metrics.rejected(_BY_STATUS[exchange.status])

    async def _refuse(self, exchange: Exchange, error: Exception) -> None:
        problem = self._gate.refuse(exchange, error)
        if not exchange.status:  # an answer that has begun cannot be taken back; the server breaks it off
            await exchange.refuse(problem)


async def _by_method(exchange: Exchange, route: Lean) -> None:
    allow = (b"allow", ", ".join([*route.methods, "OPTIONS"]).encode())
    if exchange.scope["method"] != "OPTIONS":
        raise Problem("method-not-allowed", headers=[allow])
    await exchange.nothing([allow])
