"""The line between supervisor and stem: JSON words one way, the port and the permit the other way.

Every process of a generation holds the stem's end, so the line is at its end when all of them are gone.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

__all__ = ["Line"]


class Line:
    """Hold one end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._heard = b""

    @classmethod
    def pair(cls) -> tuple[Self, Self]:
        """Make both ends."""
        ours, theirs = socket.socketpair()
        return cls(ours), cls(theirs)

    @classmethod
    def inherited(cls, fd: int) -> Self:
        """Take the end that the supervisor left open for a stem."""
        return cls(socket.socket(fileno=fd))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fileno(self) -> int:
        """Let `select` watch it."""
        return self._end.fileno()

    def tell(self, **words: Any) -> None:
        """Say something, if somebody listens."""
        with contextlib.suppress(OSError):
            self._end.sendall(json.dumps(words).encode() + b"\n")

    def hear(self) -> list[dict[str, Any]] | None:
        """Return what was said since the last time; None when nobody is left to say anything."""
        try:
            data = self._end.recv(65536)
        except OSError:
            data = b""
        if not data:
            return None
        *lines, self._heard = (self._heard + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def give(self, fds: Sequence[int]) -> None:
        """Hand over open files, if somebody takes them."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._end, [b"\n"], fds)

    def take(self, count: int) -> list[int]:
        """Wait for open files; none when the other end is gone."""
        _, fds, _, _ = socket.recv_fds(self._end, 1, count)
        return fds

    def close(self) -> None:
        """Let go of this end."""
        self._end.close()
