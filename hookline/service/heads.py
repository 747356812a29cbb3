"""Status line and headers as bytes, for answers that no server writes for us."""

from __future__ import annotations

import http
from collections.abc import Sequence

__all__ = ["head"]


def head(status: int, *headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Write the status line and these headers, each with its line break; the empty line is not there yet."""
    first = f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n".encode()
    return first + b"".join(name + b": " + value + b"\r\n" for some in headers for name, value in some)
