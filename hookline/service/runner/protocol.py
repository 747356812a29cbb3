"""uvicorn's HTTP protocol with the deadlines and limits it lacks.

Headers or bodies that come too slowly, headers that are too large, what is not HTTP, connections that a
stopping worker still has: each ends with an answer where one is possible, and always in bounded time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from hookline.service.problems import RETRY_SOON, Problem
from hookline.service.runner.held import HeldProtocol
from hookline.service.runner.refusal import refusal

__all__ = ["GuardedProtocol", "Guards", "guarded_protocol"]

_FAREWELL = 2.0
"""Seconds for a caller that still sends to read its answer; closing at once would destroy it."""
_LEAST_TAKEN = 16 * 1024
"""Bytes of an answer that a caller must take in the time that a body may take."""
_NO_TIME = "The service is stopping and cannot wait for this request; send it again."
_NOT_HTTP = "This is not HTTP/1.1, or not all of it; send a well-formed request."


@dataclass(frozen=True, slots=True)
class Guards:
    """Hold how long and how large things may be, and who counts connections and refusals."""

    header_bytes: int
    header_seconds: float
    body_seconds: float
    count: Callable[[int], None] = lambda _: None
    refused: Callable[[str], None] = lambda _: None


def guarded_protocol(guards: Guards) -> type[GuardedProtocol]:
    """Make the protocol class of one server."""
    return type("GuardedProtocol", (GuardedProtocol,), {"guards": guards})


class GuardedProtocol(HeldProtocol):
    """Serve one connection, within limits.

    Deadlines are set only for what does not arrive at once, so that usual requests pay nothing for them.
    """

    guards: ClassVar[Guards]
    linger: ClassVar[float] = float("inf")
    """Seconds an idle connection is kept once the worker has closed its port."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._part: Literal["headers", "body"] | None = None
        self._timed: Literal["headers", "body"] | None = "headers"
        self._header_bytes = self._packet_bytes = self._begun_in = 0
        self._deaf = False
        self._deadline: asyncio.TimerHandle | None = None
        self._answering: Any = None

    # ---- the connection ----

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request only so long."""
        super().connection_made(transport)
        self._set_deadline(self.guards.header_seconds, self._too_late)
        self.guards.count(len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline; tell the request that is being answered, for uvicorn tells only the newest."""
        self._clear_deadline()
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)
        self.guards.count(len(self.connections))

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and give what is not complete its time."""
        if self._deaf:
            return
        self._packet_bytes = len(data)
        if self._part != "body":
            self._header_bytes += len(data)
        super().data_received(data)
        if self._deaf:
            return
        if self._part is not None:
            self._wait_for_the_rest()
        elif self._deadline is None and self._is_idle and self.timeout_keep_alive_task is None:
            # Line breaks between requests are nothing, but they stopped uvicorn's clock.
            self._set_deadline(self.guards.header_seconds, self._too_late)

    def pause_writing(self) -> None:
        """Give a caller who does not take the answer as long as one who does not send the request."""
        super().pause_writing()
        self._watch_taking(self.transport.get_write_buffer_size())

    def _watch_taking(self, unsent: int) -> None:
        def look() -> None:
            left = self.transport.get_write_buffer_size()
            if left > unsent - _LEAST_TAKEN:
                self.transport.abort()
            else:
                self._watch_taking(left)

        self._set_deadline(self.guards.body_seconds, look)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._clear_deadline()
        self._timed = None

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle for too long."""
        self._hang_up()

    @property
    def is_receiving(self) -> bool:
        """Tell whether a request has begun to arrive and is not complete."""
        return self._part is not None

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    # ---- one request ----

    def on_message_begin(self) -> None:
        """Begin with the headers."""
        super().on_message_begin()
        self._part, self._begun_in = "headers", self._packet_bytes

    def on_headers_complete(self) -> None:
        """Go on to the body, unless the headers are too large."""
        if self._deaf:
            return
        if self._headers_are_too_large():
            self._refuse(Problem("headers-too-large"))
            return
        if self.parser.should_upgrade() and self.is_offer():
            return
        super().on_headers_complete()
        self._part, self._header_bytes = "body", 0
        self.headers = []  # trailers are not to join the headers of a request that is being answered
        if self.retiring:
            self.cycle.keep_alive = False

    def _headers_are_too_large(self) -> bool:
        most = self.guards.header_bytes
        # They are no larger than the packet they begin in, behind another request perhaps, and all after it.
        may_be = self._begun_in + self._header_bytes > most
        return may_be and _size(self.headers) + len(self.url) > most

    def on_body(self, body: bytes) -> None:
        """Pass on what belongs to a request that was not refused."""
        if not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Let the answer take as long as it takes: the request is here."""
        if self._offered:
            return
        self._part = self._timed = None
        if self._deaf:
            return
        if self._deadline is not None:
            self._clear_deadline()
            if self.flow.write_paused:  # a request more is no reason to wait longer for who takes no answers
                self._watch_taking(self.transport.get_write_buffer_size())
        super().on_message_complete()

    def _wait_for_the_rest(self) -> None:
        if self._part == "headers":
            too_large = self._header_bytes > self.guards.header_bytes
        else:
            too_large = len(self.headers) > 0 and _size(self.headers) > self.guards.header_bytes  # trailers
            self.cycle.transport = _Parting(self)  # type: ignore[assignment]  # has what is used of it
        if too_large:
            self._refuse(Problem("headers-too-large"))
        elif self._timed != self._part:
            self._timed = self._part
            guards = self.guards
            self._set_deadline(
                guards.header_seconds if self._part == "headers" else guards.body_seconds, self._too_late
            )

    # ---- the end ----

    def retire(self) -> None:
        """Make the answer that is being made the last of this connection."""
        if not self._is_idle:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Part from the caller: after the answer, or when no request comes for a while."""
        self.retire()
        if self._deaf:
            return
        if self.is_receiving and not self.linger:
            self.give_up()
        elif self._is_idle:
            self._set_deadline(self.linger, self._too_late)

    def give_up(self) -> None:
        """Answer that there is no time left, whatever is being done."""
        if self._is_idle and not self.is_receiving:
            self._hang_up()
            return
        self._deaf = True
        if not self._is_idle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or self.pipeline:
                self.transport.abort()
                return
        self._answer(Problem("not-ready", detail=_NO_TIME, headers=[RETRY_SOON]))

    def part(self) -> None:
        """Close when the caller has read the answer, or has had the time to."""
        self._deaf = True
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self.transport.write_eof()
        self._set_deadline(_FAREWELL, self.transport.abort)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, not ours
        """Answer what is not HTTP as every other problem is answered."""
        self._refuse(Problem("malformed", detail=_NOT_HTTP))

    def _too_late(self) -> None:
        if self._part is None:
            self._hang_up()
        else:
            self._refuse(Problem("too-slow"))

    def _hang_up(self) -> None:
        # What a caller has not taken by now it will not take: close() would wait for it for ever.
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer below the app, which has not seen the request or not all of it, and hang up."""
        self._deaf = True
        self.let_go()
        self._clear_deadline()
        owes = self._owes_an_answer
        if self._part == "body":
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if owes:
            # An earlier request is still being answered; a refusal now would be taken for its answer.
            self.cycle.keep_alive = False
            self.cycle.transport = _Parting(self)  # type: ignore[assignment]  # as above
            self._set_deadline(self.guards.body_seconds, self.transport.abort)
            return
        if self._part == "body" and self.cycle.response_started:
            self._hang_up()
        else:
            self._answer(problem)

    def _answer(self, problem: Problem) -> None:
        self.guards.refused(problem.kind)
        self.transport.write(refusal(problem))
        self.part()

    @property
    def _owes_an_answer(self) -> bool:
        return bool(self.pipeline) or (self._part != "body" and not self._is_idle)

    def _set_deadline(self, seconds: float, then: Callable[[], None]) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, then)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Parting:
    """Stand for the transport of a request that still arrives: its early answer must survive the close."""

    __slots__ = ("_connection", "is_closing", "write")

    def __init__(self, connection: GuardedProtocol) -> None:
        self._connection = connection
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing

    def close(self) -> None:
        """Close gently if the request is still not complete."""
        if self._connection.is_receiving:
            self._connection.part()
        else:
            self._connection.transport.close()


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)
