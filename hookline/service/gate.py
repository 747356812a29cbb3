"""Who is let in, and what is noted of those who are and of those who are not."""

from __future__ import annotations

from time import perf_counter

from hookline.service import logs
from hookline.service.access import Access, Scope
from hookline.service.exchange import Exchange
from hookline.service.health import not_ready
from hookline.service.metrics import Metrics
from hookline.service.problems import RETRY_SOON, Problem, problem_of
from hookline.service.state import State

__all__ = ["Gate"]


class Gate:
    """Let requests in while there is a model and room, if their keys allow it."""

    def __init__(self, state: State, access: Access, metrics: Metrics, *, most: int) -> None:
        self._state = state
        self._access = access
        self._metrics = metrics
        self._most = most

    def admit(self, exchange: Exchange, scope: Scope) -> None:
        """Let a request send its body, or raise the problem. It takes no place yet: a body may be slow."""
        if self._state.model is None:
            raise not_ready(self._state)
        self._require_room()
        exchange.key = self._access.admit(exchange.headers, scope)
        exchange.entered = perf_counter()

    def enter(self) -> None:
        """Let in a request that was admitted, or raise the problem; who was let in must `leave`."""
        self._require_room()
        state = self._state
        state.in_flight += 1
        self._metrics.entered(state.in_flight)

    def leave(self, exchange: Exchange) -> None:
        """Note that a request is done."""
        state = self._state
        state.in_flight -= 1
        seconds = perf_counter() - exchange.entered
        self._metrics.left(exchange.scope["path"], seconds, exchange.rows, state.in_flight)

    def refuse(self, exchange: Exchange, error: Exception) -> Problem:
        """Count a failure, or report it if it is ours; return what the caller is to be told."""
        problem = problem_of(error)
        if problem.kind == "internal":
            words = {"request_id": exchange.request_id, "path": exchange.scope["path"]}
            logs.exception("request failed", error, **words)
        else:
            self._metrics.rejected(problem.kind)
        return problem

    def _require_room(self) -> None:
        if self._state.in_flight >= self._most:
            raise Problem("overloaded", headers=[RETRY_SOON])
