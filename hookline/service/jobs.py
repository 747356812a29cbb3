"""One request's rows on their way to answers, and the seam where a log takes them down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from hookline.service.answers import Encoder
from hookline.service.rowtype import Row
from hookline.types import Prediction

__all__ = ["Answered", "Append", "Call", "Failed", "Job", "Outcome", "Reply"]


class Reply(Protocol):
    """Be told of an answer, once: a future, or what writes it to the connection. Never raises."""

    def done(self) -> bool:
        """Tell whether nobody waits any more."""
        ...

    def set_result(self, body: bytes, /) -> None:
        """Take the answer."""
        ...

    def set_exception(self, error: Exception, /) -> None:
        """Take the reason why there is none."""
        ...


@dataclass(slots=True, eq=False)
class Job:
    """Hold what one request asks. `large`: its rows are too many to be dealt with on the event loop.

    `logged` becomes false if it is answered though the log did not take it.
    """

    rows: list[Row]
    path: str
    encode: Encoder
    request_id: str
    started: float
    reply: Reply
    large: bool = False
    logged: bool = True


@dataclass(slots=True, eq=False)
class Call:
    """Hold what one call of the model answered: the rows of some jobs, one after the other.

    What `prediction` has beyond them means nothing.
    """

    jobs: Sequence[Job]
    rows: Sequence[Row]
    ids: Sequence[str]
    prediction: Prediction


@dataclass(slots=True, eq=False)  # frozen would make it cost six times as much, for every request
class Answered:
    """Hold a job's answer: rows `start` to `stop` of the call that answered it."""

    job: Job
    call: Call
    start: int
    stop: int
    body: bytes

    @property
    def ids(self) -> Sequence[str]:
        """Name the answers."""
        return self.call.ids[self.start : self.stop]

    @property
    def prediction(self) -> Prediction:
        """Return what the model said, to others too."""
        return self.call.prediction

    def settle(self) -> None:
        """Give the caller the answer."""
        if not self.job.reply.done():
            self.job.reply.set_result(self.body)


@dataclass(slots=True, eq=False)
class Failed:
    """Hold a job that has no answer, and why."""

    job: Job
    error: Exception

    def settle(self) -> None:
        """Give the caller the error."""
        if not self.job.reply.done():
            self.job.reply.set_exception(self.error)


Outcome: TypeAlias = Answered | Failed

Append: TypeAlias = Callable[[Sequence[Answered]], Awaitable[None] | None]
"""Take these answers down before their callers get them.

It is called once for all that are ready together; of what one call of the model answered, nothing is missing.
They are given out when it returns, or, if it returns something to be awaited, when that is done: a task for
each tick would cost more than the log. If it raises `NotLoggedError`, the callers are asked to come again
(503); whatever else it raises is an internal error.
"""
