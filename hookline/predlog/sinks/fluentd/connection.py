"""One connection to Fluentd: messages out, answers in, each by a deadline."""

from __future__ import annotations

import ssl
import time
from typing import Any

import msgpack

from hookline.predlog.sinks.fluentd.target import Target

__all__ = ["Connection"]

_MOST_ANSWER = 64 * 1024


class Connection:
    """Speak MessagePack over a socket. Every fault is an OSError, and ends the connection."""

    def __init__(self, target: Target) -> None:
        self._socket = target.connect()
        self._seconds = target.answer_seconds
        self._unpacker = msgpack.Unpacker(max_buffer_size=_MOST_ANSWER)
        self._deadline = 0.0
        self.begin()

    def begin(self) -> None:
        """Begin an exchange: from now on the seconds count."""
        self._deadline = time.monotonic() + self._seconds

    def send(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._hurry()
            rest = rest[self._socket.send(rest) :]

    def receive(self) -> Any:
        """Return the next object."""
        while True:
            try:
                return self._unpacker.unpack()
            except msgpack.OutOfData:
                pass
            except ValueError as error:  # msgpack's own errors are of this kind
                raise ConnectionError(f"it answers what is not MessagePack ({error})") from error
            self._hurry()
            data = self._socket.recv(4096)
            if not data:
                raise ConnectionResetError("it closed the connection without an answer")
            try:
                self._unpacker.feed(data)
            except msgpack.BufferFull as error:
                raise ConnectionError("its answer has no end") from error

    def is_quiet(self) -> bool:
        """Tell whether the connection, not used for a while, is as it was left: open, with nothing said."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _hurry(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
