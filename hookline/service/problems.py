"""Every answer that is not the one asked for (RFC 9457): one table, and the one map from errors to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from hookline.errors import (
    LogQueryError,
    LogUnreadableError,
    NoLogError,
    NotLoggedError,
    UnanswerableError,
)

__all__ = [
    "MEDIA_TYPE",
    "MOST_FAULTS",
    "PROBLEMS",
    "RETRY_SOON",
    "Fault",
    "Problem",
    "Rule",
    "pointer",
    "problem_of",
]

MEDIA_TYPE = b"application/problem+json"
MOST_FAULTS = 20
RETRY_SOON = (b"retry-after", b"1")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table of answers: what a condition is called and how it is answered."""

    status: int
    title: str
    help: str


PROBLEMS: dict[str, Rule] = {
    "malformed": Rule(
        400, "Malformed request", "The body is not JSON, or not all of it; send a JSON list of rows."
    ),
    "unauthorized": Rule(401, "API key required", "Send a valid key in the header X-API-Key."),
    "forbidden": Rule(
        403, "Key not allowed", "The key lacks the scope for this operation; ask for one that has it."
    ),
    "not-found": Rule(404, "Not found", "There is nothing at this path; /docs lists what there is."),
    "method-not-allowed": Rule(405, "Method not allowed", "Use a method that the header Allow names."),
    "too-slow": Rule(408, "Request too slow", "The request did not arrive in time; send it again at once."),
    "too-large": Rule(413, "Body too large", "Send fewer rows per request."),
    "media-type": Rule(415, "Unsupported media type", "Send plain JSON with Content-Type: application/json."),
    "invalid": Rule(422, "Rows break the contract", "Mend the rows that `errors` points at."),
    "unanswerable": Rule(
        422, "No answer to a row", "The model has no finite answer to the rows that `errors` points at."
    ),
    "rate-limit": Rule(429, "Too many rows", "Wait as long as Retry-After says."),
    "log-query": Rule(422, "Filter not understood", "Change what `detail` names."),
    "no-log": Rule(404, "Nothing logged yet", "Make a prediction first, with the log switched on."),
    "log-unreadable": Rule(503, "Log not readable", "The log cannot be read now; try again shortly."),
    "headers-too-large": Rule(431, "Headers too large", "Send fewer or shorter headers."),
    "internal": Rule(500, "Internal error", "Tell the operator the request id."),
    "overloaded": Rule(
        503, "Over capacity", "Wait as long as Retry-After says, then send the request again."
    ),
    "not-ready": Rule(
        503, "Not ready", "The service is starting or stopping; send the request again shortly."
    ),
    "not-logged": Rule(
        503, "Prediction log full", "The log takes no records now; send the request again shortly."
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a body: where, which rule, and what the rule says."""

    pointer: str
    code: str
    detail: str


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that is not the one asked for. Raise it anywhere below a route."""

    kind: str
    detail: str = ""
    faults: Sequence[Fault] = ()
    headers: Sequence[tuple[bytes, bytes]] = ()
    close: bool = False

    @property
    def rule(self) -> Rule:
        """Return the line of the table."""
        return PROBLEMS[self.kind]

    def content(self, request_id: str) -> dict[str, Any]:
        """Return the problem as JSON data."""
        rule = self.rule
        content: dict[str, Any] = {
            "type": f"urn:hookline:problem:{self.kind}",
            "title": rule.title,
            "status": rule.status,
            "detail": self.detail or rule.help,
            "instance": f"urn:request:{request_id}",
        }
        if self.faults:
            content["errors"] = self.faults[:MOST_FAULTS]
        return content

    def body(self, request_id: str) -> bytes:
        """Write the problem."""
        return to_json(self.content(request_id))


def pointer(*path: str | int) -> str:
    """Write a JSON pointer; a caller's endless name is cut, and half a character in it replaced."""
    return "".join(f"/{_plain(str(part))}" for part in path)


def problem_of(error: Exception) -> Problem:
    """Return the answer to what went wrong; to everything unforeseen an internal error that tells nothing."""
    if isinstance(error, Problem):
        return error
    for kind, make in _MADE_OF.items():
        if isinstance(error, kind):
            return make(error)
    if isinstance(error, UnanswerableError):
        detail = "The model's answer to this row is not a finite number; change the row or leave it out."
        rows = error.rows[:MOST_FAULTS]
        return Problem("unanswerable", faults=[Fault(pointer(row), "unanswerable", detail) for row in rows])
    return Problem("internal")


_MADE_OF: dict[type[Exception], Callable[[Exception], Problem]] = {
    NotLoggedError: lambda _: Problem("not-logged", headers=[RETRY_SOON]),
    LogQueryError: lambda error: Problem("log-query", detail=f"{error}."),
    NoLogError: lambda _: Problem("no-log"),
    LogUnreadableError: lambda _: Problem("log-unreadable", headers=[RETRY_SOON]),
}


def _plain(name: str) -> str:
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return short.encode(errors="replace").decode().replace("~", "~0").replace("/", "~1")
