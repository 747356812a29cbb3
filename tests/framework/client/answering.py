"""A server on loopback that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["HANG_UP", "Asked", "answering", "reply"]

HANG_UP = b""
"""An answer that is none: the connection is closed instead."""


@dataclass
class Asked:
    """Where to ask, and what was asked: the request lines and headers, and how many connections were made."""

    url: str
    requests: list[str] = field(default_factory=list)
    connections: int = 0


def reply(status: str, body: bytes = b"{}", *headers: str) -> bytes:
    """Write an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def answering(*answers: Sequence[bytes]) -> Iterator[Asked]:
    """Give the answers: a list for each connection, in the order they come; then close it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = Asked(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(server, answers, asked), daemon=True)
        thread.start()
        yield asked
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _serve(server: socket.socket, answers: Sequence[Sequence[bytes]], asked: Asked) -> None:
    for each in answers:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        asked.connections += 1
        with connection:
            for answer in each:
                if answer == HANG_UP:
                    break
                asked.requests.append(_read(connection))
                connection.sendall(answer)


def _read(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    text = head.decode()
    length = next(
        (int(line.split(":")[1]) for line in text.split("\r\n") if line.startswith("Content-Length")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return text
