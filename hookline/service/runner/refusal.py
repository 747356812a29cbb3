"""An answer made below the app, for a request that it has not seen or cannot answer any more."""

from __future__ import annotations

import http

from hookline.service.headers import SECURITY
from hookline.service.ids import new_request_id
from hookline.service.problems import MEDIA_TYPE, Problem

__all__ = ["refusal"]


def refusal(problem: Problem) -> bytes:
    """Write a problem as a whole answer, the last one of its connection."""
    request_id = new_request_id()
    status, body = problem.rule.status, problem.body(request_id)
    headers = [
        (b"content-type", MEDIA_TYPE),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
        *SECURITY,
        *problem.headers,
        (b"connection", b"close"),
    ]
    lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])
