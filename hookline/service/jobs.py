"""One request's rows on their way to answers, and the seam where a log takes them down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hookline.service.answers import Encoder
from hookline.service.rowtype import Row
from hookline.types import Prediction

__all__ = ["Answered", "Append", "Failed", "Job", "Outcome"]


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
    large: bool = False
    logged: bool = True
    future: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(slots=True, frozen=True)
class Answered:
    """Hold a job's answer: row `start + n` of `prediction` is the answer to its row `n`, called `ids[n]`."""

    job: Job
    ids: Sequence[str]
    prediction: Prediction
    start: int
    stop: int
    body: bytes

    def settle(self) -> None:
        """Give the caller the answer."""
        if not self.job.future.done():
            self.job.future.set_result(self.body)


@dataclass(slots=True, frozen=True)
class Failed:
    """Hold a job that has no answer, and why."""

    job: Job
    error: Exception

    def settle(self) -> None:
        """Give the caller the error."""
        if not self.job.future.done():
            self.job.future.set_exception(self.error)


Outcome: TypeAlias = Answered | Failed

Append: TypeAlias = Callable[[Sequence[Answered]], Awaitable[None] | None]
"""Take these answers down before their callers get them.

It is called once for all that are ready together. They are given out when it returns, or, if it returns
something to be awaited, when that is done: a task for each tick would cost more than the log. If it raises
`NotLoggedError`, the callers are asked to come again (503); whatever else it raises is an internal error.
"""
