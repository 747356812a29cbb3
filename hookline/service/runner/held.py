"""uvicorn's HTTP protocol, holding back predictions until they are here as a whole: those go the short way.

A held request never outlives the packet it came in. What is not complete then, or is not simple, is given to
uvicorn as if nothing had been.
"""

from __future__ import annotations

from typing import Any, ClassVar

from hookline.service.express import Express
from hookline.service.runner.plain import PlainProtocol

__all__ = ["HeldProtocol"]


class _Usual:
    """Write headers; as long as they are the same object only once."""

    def __init__(self) -> None:
        self._pairs: list[tuple[bytes, bytes]] = []
        self._written = b""

    def __call__(self, pairs: list[tuple[bytes, bytes]]) -> bytes:
        if pairs is not self._pairs:
            self._pairs = pairs
            self._written = b"".join(name + b": " + value + b"\r\n" for name, value in pairs)
        return self._written


class HeldProtocol(PlainProtocol):
    """Serve one connection."""

    express: ClassVar[Express | None] = None
    """The short way, once the app has one."""
    retiring: ClassVar[bool] = False
    """The worker is to go: every answer is the last of its connection."""
    _usual: ClassVar[_Usual] = _Usual()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._held: list[bytes] | None = None

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what is still held then is not complete."""
        super().data_received(data)
        if self._held is not None:
            self.let_go()

    def on_headers_complete(self) -> None:
        """Hold back what may go the short way: when it is complete."""
        express = self.express
        if (
            express is not None
            and self.url in express.doors
            and (self.cycle is None or self.cycle.response_complete)
            and not (self.retiring or self.pipeline or self.flow.write_paused or self.expect_100_continue)
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
        ):
            self._held = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep the body of what is held."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held.append(body)

    def on_message_complete(self) -> None:
        """Send what was held the short way."""
        held, express = self._held, self.express
        if held is not None and express is not None:
            body = held[0] if len(held) == 1 else b"".join(held)
            if len(body) <= express.most:
                self._held = None
                line = _Line(self, keep_alive=self.parser.should_keep_alive())
                self.cycle = line  # type: ignore[assignment]  # has what is used of it
                express.take(self.url, self.scope["headers"], body, line)  # type: ignore[arg-type]  # a list
                return
            self.let_go()
        super().on_message_complete()

    def let_go(self) -> None:
        """Give uvicorn what is held, if anything is."""
        held, self._held = self._held, None
        if held is not None:
            super().on_headers_complete()
            for part in held:
                super().on_body(part)

    def usual_headers(self) -> bytes:
        """Return the headers that uvicorn adds to every answer; they change once a second."""
        return self._usual(self.server_state.default_headers)


class _Nobody:
    """Be an event that nobody waits for."""

    def set(self) -> None:
        pass


class _Line:
    """Be to uvicorn the request that is being answered, and to `Express` the connection that waits."""

    __slots__ = (
        "_connection",
        "disconnected",
        "keep_alive",
        "response_complete",
        "response_started",
        "transport",
    )

    message_event = _Nobody()

    def __init__(self, connection: HeldProtocol, *, keep_alive: bool) -> None:
        self._connection = connection
        self.transport = connection.transport
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = self.response_started = False

    def answer(self, head: bytes, body: bytes, *, close: bool = False) -> None:
        """Send an answer by one write."""
        # Only the newest request of a connection is told that it is gone; the transport knows it in any case.
        if self.disconnected or self.transport.is_closing():
            return
        self.response_started = self.response_complete = True
        connection = self._connection
        stays = self.keep_alive and not close
        end = b"\r\n" if stays else b"connection: close\r\n\r\n"
        self.transport.write(b"".join((head, connection.usual_headers(), end, body)))
        if not stays:
            self.transport.close()
        connection.on_response_complete()
