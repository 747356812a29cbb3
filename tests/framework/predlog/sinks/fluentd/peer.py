"""A small Fluentd: it speaks the receiving side of the forward protocol, and keeps what it got."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import socket
import ssl
import struct
import threading
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgpack

__all__ = ["Event", "Peer"]


class Event(NamedTuple):
    """Be one record as received."""

    tag: str
    nanoseconds: int
    record: dict[str, Any]


class Peer:
    """Listen on a port of its own, or on a socket in the file system."""

    def __init__(
        self,
        *,
        path: Path | None = None,
        shared_key: str = "",
        tls: ssl.SSLContext | None = None,
        keepalive: bool = True,
        knows_key: bool = True,
    ) -> None:
        self.events: list[Event] = []
        self.connections = 0
        self.chunks: list[str] = []
        self._key = shared_key
        self._tls = tls
        self._keepalive = keepalive
        self._knows_key = knows_key
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.port: int = self._listener.getsockname()[1]
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def records(self) -> list[dict[str, Any]]:
        """Return the records alone."""
        return [event.record for event in self.events]

    @property
    def ids(self) -> list[str]:
        """Return the ids of the predictions, as often as they came."""
        return [record["prediction_id"] for record in self.records]

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, connection: socket.socket, chunk: str) -> None:
        """Acknowledge a chunk; a test may do otherwise."""
        connection.sendall(msgpack.packb({"ack": chunk}))

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(self._wrapped(connection)) as wrapped:
            unpacker = msgpack.Unpacker()
            if self._key and not self._greet(wrapped, unpacker):
                return
            while (message := _next(wrapped, unpacker)) is not None:
                self._take(wrapped, message)
                if not self._keepalive:
                    return

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def _greet(self, connection: socket.socket, unpacker: msgpack.Unpacker) -> bool:
        nonce = secrets.token_bytes(16)
        hello = {"nonce": nonce, "auth": b"", "keepalive": self._keepalive}
        connection.sendall(msgpack.packb(["HELO", hello]))
        ping = _next(connection, unpacker)
        if ping is None or ping[0] != "PING":
            return False
        _, name, salt, digest, _, _ = ping
        key = self._key.encode()
        right = bool(hashlib.sha512(salt + name.encode() + nonce + key).hexdigest() == digest)
        mine = hashlib.sha512(salt + b"peer" + nonce + (key if self._knows_key else b"?")).hexdigest()
        pong = ["PONG", right, "" if right else "shared_key mismatch", "peer", mine if right else ""]
        connection.sendall(msgpack.packb(pong))
        return right

    def _take(self, connection: socket.socket, message: Any) -> None:
        tag, packed, option = message
        entries = msgpack.Unpacker(max_buffer_size=len(packed))
        entries.feed(packed)
        found = [Event(tag, _nanoseconds(time), record) for time, record in entries]
        assert len(found) == option["size"]
        self.events += found
        self.chunks.append(option["chunk"])
        self.answer(connection, option["chunk"])


def _next(connection: socket.socket, unpacker: msgpack.Unpacker) -> Any:
    while True:
        try:
            return unpacker.unpack()
        except msgpack.OutOfData:
            data = connection.recv(65536)
            if not data:
                return None
            unpacker.feed(data)


def _nanoseconds(time: msgpack.ExtType) -> int:
    assert time.code == 0
    seconds, nanoseconds = struct.unpack(">II", time.data)
    return int(seconds * 1_000_000_000 + nanoseconds)
