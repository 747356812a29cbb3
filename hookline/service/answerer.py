"""Predict jobs together without anybody noticing: each gets the bytes it would get alone, and fails alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hookline.contract import Contract
from hookline.errors import HookError
from hookline.ids import new_ids
from hookline.service.grouping import Grouping
from hookline.service.intake import intake_for
from hookline.service.jobs import Answered, Call, Failed, Job, Outcome
from hookline.types import Predictor

__all__ = ["Answerer"]


class Answerer:
    """Turn jobs into outcomes, in their order. Safe to call from any thread."""

    def __init__(
        self,
        predictor: Predictor,
        contract: Contract,
        *,
        grouping: Grouping,
        batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._intake = intake_for(predictor, contract)
        self._grouping = grouping
        self._batch = batch

    def __call__(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Predict all jobs by as few calls as change no bit of an answer."""
        batches = self._grouping.batches(jobs)
        if len(batches) == 1:
            return self._outcomes(batches[0])
        return [outcome for batch in batches for outcome in self._outcomes(batch)]

    def _outcomes(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Predict by one call; if that fails, by halves, until what fails is alone."""
        try:
            return self._predict(jobs)
        except SystemExit as error:
            failure: Exception = HookError(f"a hook left the program with {error!r}")
        except Exception as error:
            failure = error
        if len(jobs) == 1:
            return [Failed(jobs[0], failure)]
        middle = len(jobs) // 2
        return self._outcomes(jobs[:middle]) + self._outcomes(jobs[middle:])

    def _predict(self, jobs: Sequence[Job]) -> list[Outcome]:
        rows = [row for job in jobs for row in job.rows] if len(jobs) > 1 else jobs[0].rows
        prediction = self._grouping.predict(self._intake, self._intake.read(rows))
        self._batch(len(rows))
        ids = new_ids(len(rows))
        call = Call(jobs, rows, ids, prediction)
        outcomes: list[Outcome] = []
        start = 0
        for job in jobs:
            stop = start + len(job.rows)
            body = job.encode(ids[start:stop], prediction, start, stop)
            outcomes.append(Answered(job, call, start, stop, body))
            start = stop
        return outcomes
