"""Speak to a hookline service over HTTP. Standard library only."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

__all__ = ["FieldError", "ProblemError", "Reply", "Transport"]

_BUSY = (429, 503)
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class FieldError:
    """Say what is wrong with one field: `pointer` such as `/0/petal_width`, the rule, and the remedy."""

    pointer: str
    code: str
    detail: str


class ProblemError(Exception):
    """Say that the service refused a request, and why. `errors` points at the fields that are wrong."""

    def __init__(
        self, status: int, title: str, detail: str, errors: tuple[FieldError, ...] = (), request_id: str = ""
    ) -> None:
        # What is wrong with the whole has no place to point at, and `detail` says it.
        places = [f"{error.pointer}: {error.detail}" for error in errors if error.pointer]
        lines = [f"{status} {title}: {detail}", *places]
        super().__init__("\n".join(lines))
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold an answer, and which model gave it."""

    body: Any
    model_version: str
    request_id: str


class Transport:
    """Send requests over connections that stay open. Safe to use from several threads."""

    def __init__(self, url: str, *, key: str | None = None, timeout: float = 10.0, retries: int = 3) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a service; it looks like http://host:5000")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._timeout = timeout
        self._base = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json"} | ({"X-API-Key": key} if key else {})
        self._retries = retries
        self._idle: deque[http.client.HTTPConnection] = deque()

    def __enter__(self) -> Self:
        """Return the transport."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def get(self, path: str) -> Reply:
        """Ask for something."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: bytes) -> Reply:
        """Send JSON."""
        return self._ask("POST", path, body)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Reply:
        for turn in range(self._retries + 1):
            response, content = self._exchange(method, path, body)
            if response.status == http.client.OK:
                return Reply(
                    json.loads(content),
                    response.headers.get("X-Model-Version", ""),
                    response.headers.get("X-Request-ID", ""),
                )
            if response.status not in _BUSY or turn == self._retries:
                break
            time.sleep(_wait(response.headers.get("Retry-After", ""), turn))
        raise _problem(response, content)

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[http.client.HTTPResponse, bytes]:
        headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        while True:
            try:
                connection, used = self._idle.pop(), True
            except IndexError:
                connection, used = self._connect(), False
            try:
                # A body that is refused before all of it is sent has an answer, too.
                with contextlib.suppress(BrokenPipeError):
                    connection.request(method, self._base + path, body, headers)
                response = connection.getresponse()
                content = response.read()
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
                # The service closes a connection that was idle for long; that is no reason to fail.
                if not used:
                    raise
                continue
            except BaseException:
                connection.close()
                raise
            if not response.will_close:
                self._idle.append(connection)
            return response, content

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._timeout)


def _wait(retry_after: str, turn: int) -> float:
    asked = float(retry_after) if retry_after.isdigit() else _FIRST_WAIT * 2.0**turn
    return min(asked, _LONGEST_WAIT)


def _problem(response: http.client.HTTPResponse, content: bytes) -> ProblemError:
    request_id = response.headers.get("X-Request-ID", "")
    try:
        plain = json.loads(content)
        errors = tuple(FieldError(e["pointer"], e["code"], e["detail"]) for e in plain.get("errors", ()))
        return ProblemError(response.status, plain["title"], plain["detail"], errors, request_id)
    except (ValueError, KeyError, TypeError, AttributeError):  # a proxy answered, not the service
        text = content[:200].decode("utf-8", "replace")
        return ProblemError(response.status, response.reason, text, (), request_id)
