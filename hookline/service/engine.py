"""When jobs are answered: what arrives together is answered together, and nobody waits for a timer.

- `TickEngine`: a compiled model takes microseconds, so all jobs of one event-loop tick are answered in it;
  only large ones go to a thread, so that probes stay fast.
- `NaturalEngine`: a native model works in a thread; what arrives meanwhile is the next batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias, TypeVar

from hookline.service import logs
from hookline.service.jobs import Answered, Append, Failed, Job, Outcome
from hookline.types import PredictorKind

__all__ = ["Answer", "Engine", "NaturalEngine", "TickEngine", "engine_for"]

Answer: TypeAlias = Callable[[Sequence[Job]], list[Outcome]]
_T = TypeVar("_T")


class Engine(Protocol):
    """Answer jobs."""

    def submit(self, job: Job) -> None:
        """Take a job; its reply is told the answer."""

    async def apart(self, work: Callable[..., _T], *words: Any) -> _T:
        """Do long work off the event loop."""

    async def close(self) -> None:
        """Finish what was taken."""


class _Settling:
    """What both engines do once jobs have outcomes."""

    def __init__(self, answer: Answer, append: Append | None = None) -> None:
        self._answer = answer
        self._append = append
        self._pending: list[Job] = []
        self._tasks: set[asyncio.Task[None]] = set()
        # A second thread would only fight with this one, and with the event loop, for the interpreter;
        # and no hook is ever called by two at once.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")

    async def apart(self, work: Callable[..., _T], *words: Any) -> _T:
        """Do long work off the event loop, after what is there already."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *words)

    async def close(self) -> None:
        """Finish what was taken."""
        while self._pending or self._tasks:
            await asyncio.sleep(0)
            await asyncio.gather(*self._tasks)
        self._thread.shutdown()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_large(self, job: Job) -> None:
        later = self._settle(await self.apart(self._answer, [job]))
        if later is not None:
            await later

    def _settle(self, outcomes: Sequence[Outcome]) -> Coroutine[Any, Any, None] | None:
        """Have the answers taken down, all at once, and then give them out: now, or by what it returns."""
        answered = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
        if self._append is not None and answered:
            try:
                later = self._append(answered)
            except Exception as error:
                outcomes = _refused(outcomes, error)
            else:
                if later is not None:
                    return _settle_later(outcomes, later)
        _give_out(outcomes)
        return None


async def _settle_later(outcomes: Sequence[Outcome], taken_down: Awaitable[None]) -> None:
    try:
        await taken_down
    except Exception as error:
        outcomes = _refused(outcomes, error)
    _give_out(outcomes)


def _give_out(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        try:
            outcome.settle()
        except Exception as error:  # one connection must not take the answers of the others with it
            logs.exception("an answer cannot be given", error, request_id=outcome.job.request_id)


def _refused(outcomes: Sequence[Outcome], error: Exception) -> list[Outcome]:
    return [Failed(one.job, error) if isinstance(one, Answered) else one for one in outcomes]


class TickEngine(_Settling):
    """Answer all jobs of one event-loop tick within it."""

    def submit(self, job: Job) -> None:
        """Take a job; it is answered at the end of this tick."""
        if job.large:
            self._begin(self._answer_large(job))
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(job)

    def _flush(self) -> None:
        jobs, self._pending = self._pending, []
        later = self._settle(self._answer(jobs))
        if later is not None:
            self._begin(later)


class NaturalEngine(_Settling):
    """Answer in a thread; what arrives while a batch runs is the next batch."""

    _working = False

    def submit(self, job: Job) -> None:
        """Take a job; it runs at once, or with all others that wait when the thread is free."""
        self._pending.append(job)
        if not self._working:
            self._working = True
            self._begin(self._work())

    async def _work(self) -> None:
        try:
            while self._pending:
                jobs, self._pending = self._pending, []
                later = self._settle(await self.apart(self._answer, jobs))
                if later is not None:
                    await later
        finally:
            self._working = False


def engine_for(kind: PredictorKind, answer: Answer, append: Append | None = None) -> Engine:
    """Choose how the jobs of a model are brought together."""
    return (TickEngine if kind == "compiled" else NaturalEngine)(answer, append)
