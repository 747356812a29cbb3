"""An answer made below the app, for a request that it has not seen or cannot answer any more."""

from __future__ import annotations

from hookline.service.headers import HeaderList
from hookline.service.heads import head
from hookline.service.problems import MEDIA_TYPE, Problem

__all__ = ["refusal"]

_LAST = (b"connection", b"close")


def refusal(problem: Problem, request_id: str, common: HeaderList) -> bytes:
    """Write a problem as a whole answer, the last of its connection; `common` are the headers of all."""
    body = problem.body(request_id)
    about = [
        (b"content-type", MEDIA_TYPE),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
    ]
    return head(problem.rule.status, about, common, problem.headers, [_LAST]) + b"\r\n" + body
