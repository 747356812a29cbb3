"""A network that fails on demand, between a sink and whoever it speaks to."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

__all__ = ["Proxy", "eventually"]

_AT_ONCE = struct.pack("ii", 1, 0)
"""Closing a socket with this option resets the connection."""


def eventually(holds: Callable[[], object], seconds: float = 15) -> bool:
    """Wait until it holds; tell whether it ever did."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


class Proxy:
    """Pass bytes on to `port`, but for what its attributes say; they may be changed at any time.

    `bitten` counts what was done to connections, so a test can wait for a fault and not for a time.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._stopped = threading.Event()
        self.bitten = 0
        self.accepted = 0
        self._heal()
        self._serve()

    def heal(self) -> None:
        """Be a good network again; connections made before are closed."""
        self._heal()
        self.cut()
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._serve()

    def _heal(self) -> None:
        self.black_hole = False
        """Accept connections, and never read what comes."""
        self.silent = False
        """Be half open: the connection stands, and nothing goes through in either direction."""
        self.latency = 0.0
        """Seconds by which all that is said is late, in each direction."""
        self.reset_after: int | None = None
        """Reset the connection after so many bytes to the server."""
        self.deaf = False
        """Lose all that the server says, but its connection's end."""
        self.rewrite: Callable[[bytes], bytes] | None = None
        """Change what the server says."""

    def refuse(self) -> None:
        """Listen no more."""
        # Only this wakes the thread that waits for a connection.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close all connections."""
        for pair in list(self._pairs):
            self._end(pair)

    def reset_idle(self) -> None:
        """Reset all connections that stand."""
        for client, server in list(self._pairs):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            server.shutdown(socket.SHUT_RDWR)
        self.bitten += 1

    def close(self) -> None:
        """End."""
        self._stopped.set()
        self.refuse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.accepted += 1
                server = socket.create_connection(("127.0.0.1", self._server))
                pair = client, server
                self._pairs.add(pair)
                for way in (self._up, self._down):
                    threading.Thread(target=way, args=(pair,), daemon=True).start()

    def _up(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        passed = 0
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed meanwhile
            while data := self._heard(client):
                limit = self.reset_after
                if limit is not None and passed + len(data) > limit:
                    server.sendall(data[: limit - passed])
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    self.bitten += 1
                    break
                server.sendall(data)
                passed += len(data)
        self._end(pair)

    def _down(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed meanwhile
            while data := self._heard(server):
                if self.deaf:
                    self.bitten += 1
                    continue
                if self.rewrite is not None:
                    changed = self.rewrite(data)
                    self.bitten += changed != data
                    data = changed
                client.sendall(data)
        self._end(pair)

    def _heard(self, side: socket.socket) -> bytes:
        """Read, unless there is a reason not to; then wait until the connection is ended by somebody."""
        if self.black_hole:
            self.bitten += 1
            self._stopped.wait()
        # Not a blocking read: a socket that another thread closes would live on in it, and not be reset.
        while not select.select([side], [], [], 0.02)[0]:
            pass
        data = side.recv(65536)
        if self.silent and data:
            self.bitten += 1
            self._stopped.wait()
        if self.latency and data:
            self.bitten += 1
            self._stopped.wait(self.latency)
        return data

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        self._pairs.discard(pair)
        for side in pair:
            # Shut down first: a thread that reads from it wakes up.
            with contextlib.suppress(OSError):
                if not side.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
                    side.shutdown(socket.SHUT_RDWR)
            side.close()
