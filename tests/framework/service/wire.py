"""A small HTTP/1.1 client on a plain socket: it sends exactly the bytes it is given, wrong or not."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

__all__ = ["Answer", "Wire", "ask", "request_bytes"]

SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are lower case; a name that came twice has its values joined."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON, as strictly as can be."""
        return json.loads(self.body, parse_constant=_no_constant)

    @property
    def problem(self) -> str:
        """Name the kind of problem; fail if the answer is none."""
        assert self.headers["content-type"] == "application/problem+json", (self.status, self.body[:300])
        content = self.json()
        assert content["status"] == self.status
        return str(content["type"]).removeprefix("urn:hookline:problem:")


class Wire:
    """One connection."""

    def __init__(self, port: int, *, seconds: float = SECONDS) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def half_close(self) -> None:
        """Say that nothing more is sent, and go on listening."""
        self._socket.shutdown(socket.SHUT_WR)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and return its answer."""
        self.send(request_bytes(method, path, body, headers))
        return self.answer(without_body=method == "HEAD")

    def answer(self, *, without_body: bool = False) -> Answer:
        """Read one answer."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers: dict[str, str] = {}
        for line in filter(None, head[1:]):
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Answer(status, headers, b"" if without_body else self._body(headers))

    def ended(self) -> bool:
        """Tell whether the other side hangs up, waiting for it."""
        try:
            return not (self._heard or self._socket.recv(1))
        except ConnectionError:
            return True

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            parts = []
            while size := int(self._until(b"\r\n"), 16):
                parts.append(self._exactly(size))
                self._exactly(2)
            self._exactly(2)
            return b"".join(parts)
        return self._exactly(int(headers.get("content-length", "0")))

    def _until(self, end: bytes) -> bytes:
        while end not in self._heard:
            self._hear()
        found, _, self._heard = self._heard.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._heard) < size:
            self._hear()
        found, self._heard = self._heard[:size], self._heard[size:]
        return found

    def _hear(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise ConnectionError(f"the service hung up after {self._heard[:200]!r}")
        self._heard += data


def request_bytes(
    method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a request. A body is called JSON and given its length unless `headers` say otherwise."""
    given = {"host": "localhost"}
    if body is not None:
        given |= {"content-type": "application/json", "content-length": str(len(body))}
    given |= dict(headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + (body or b"")


def ask(
    port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask once, on a connection of its own; a body that is not bytes is written as JSON."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with Wire(port) as wire:
        return wire.ask(method, path, data, headers)


def _no_constant(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")
