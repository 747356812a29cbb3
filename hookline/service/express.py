"""The short way of a prediction: a whole request comes in, the bytes of its answer go out.

What is here as a whole, and small, needs no task, no ASGI messages and no second write: half of what a
request costs. Everything else goes the usual way, through `Front`, to the same gate and the same doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hookline.service.access import Scope
from hookline.service.exchange import Exchange
from hookline.service.gate import Gate
from hookline.service.headers import HeaderList
from hookline.service.heads import head
from hookline.service.jobs import Job
from hookline.service.metrics import Metrics
from hookline.service.predict import LARGE_BODY, NOT_LOGGED, PredictDoor
from hookline.service.problems import MEDIA_TYPE

__all__ = ["Express", "Line"]

_SCOPE: Scope = "predict"
_JSON = [(b"content-type", b"application/json")]
_PROBLEM = [(b"content-type", MEDIA_TYPE)]


class Line(Protocol):
    """Be the connection that waits for an answer."""

    def answer(self, head: bytes, body: bytes, *, close: bool = False) -> None:
        """Send status line and headers, each with its line break, and the body; hang up then, if told to."""
        ...


class Express:
    """Answer predictions."""

    most = LARGE_BODY
    """Bytes of the largest body that is taken; a larger one is dealt with in a thread."""

    def __init__(
        self, doors: Mapping[str, PredictDoor], gate: Gate, metrics: Metrics, common: HeaderList
    ) -> None:
        self.doors = {path.encode(): door for path, door in doors.items()}
        self._gate = gate
        self._metrics = metrics
        self._common = common
        self._usual = head(200, _JSON, common)

    def take(self, path: bytes, headers: list[tuple[bytes, bytes]], body: bytes, line: Line) -> None:
        """Begin to answer; `line` is told when it is done, at once or later."""
        scope = {"type": "http", "method": "POST", "path": path.decode(), "headers": headers}
        exchange = Exchange(scope, _nothing, _nothing, self._common)
        reply = _Reply(self, exchange, line)
        try:
            self._gate.admit(exchange, _SCOPE)
            self._gate.enter()
        except Exception as error:
            self.refuse(exchange, line, error)
            return
        try:
            reply.job = self.doors[path].take(exchange, body, reply)
        except Exception as error:
            reply.set_exception(error)

    def answer(self, exchange: Exchange, line: Line, body: bytes, *, logged: bool) -> None:
        """Send what was asked for."""
        self._gate.leave(exchange)
        self._metrics.answered(exchange.scope["path"], 200)
        begin = self._usual if logged else head(200, _JSON, self._common, NOT_LOGGED)
        line.answer(_finished(begin, exchange, body), body)

    def leave(self, exchange: Exchange, line: Line, error: Exception) -> None:
        """Note that a request which was let in is done, and send why it has no answer."""
        self._gate.leave(exchange)
        self.refuse(exchange, line, error)

    def refuse(self, exchange: Exchange, line: Line, error: Exception) -> None:
        """Send why there is no answer."""
        problem = self._gate.refuse(exchange, error)
        status, body = problem.rule.status, problem.body(exchange.request_id)
        self._metrics.answered(exchange.scope["path"], status)
        begin = head(status, _PROBLEM, self._common, problem.headers)
        line.answer(_finished(begin, exchange, body), body, close=problem.close)


class _Reply:
    """Stand where a future would: what it is told goes to the connection at once."""

    __slots__ = ("_exchange", "_express", "_line", "job")

    def __init__(self, express: Express, exchange: Exchange, line: Line) -> None:
        self._express = express
        self._exchange = exchange
        self._line = line
        self.job: Job | None = None

    def done(self) -> bool:
        return False  # who has hung up is noted, as everybody is

    def set_result(self, body: bytes) -> None:
        job = self._let_go()
        self._express.answer(self._exchange, self._line, body, logged=job is None or job.logged)

    def set_exception(self, error: Exception) -> None:
        self._let_go()
        self._express.leave(self._exchange, self._line, error)

    def _let_go(self) -> Job | None:
        """Part from the job, which holds us: in a circle both would wait for the garbage collector."""
        job, self.job = self.job, None
        return job


def _finished(begin: bytes, exchange: Exchange, body: bytes) -> bytes:
    return b"%bcontent-length: %d\r\nx-request-id: %b\r\n" % (begin, len(body), exchange.request_id.encode())


async def _nothing(*_: Any) -> Any:
    raise RuntimeError("the short way has no ASGI messages")
