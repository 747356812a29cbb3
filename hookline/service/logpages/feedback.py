"""`POST /api/feedback`: what turned out to be true, in the journal before it is answered."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from hookline.errors import LogUnreadableError, NoLogError
from hookline.predlog.feedback import Facts, Flaw, Told, flaws, records, told
from hookline.predlog.query.truths import matched
from hookline.service.exchange import Exchange
from hookline.service.logpages.desk import Desk
from hookline.service.problems import MOST_FAULTS, Fault, Problem, pointer
from hookline.service.syntax import require_sane_numbers, syntax_problem

if TYPE_CHECKING:
    from hookline.service.prediction_log import PredictionLog

__all__ = ["Feedback", "read_feedback"]

_LARGE_BODY = 32 * 1024


class Feedback:
    """Answer `POST /api/feedback`."""

    def __init__(
        self, desk: Desk, log: Callable[[], PredictionLog | None], facts: Callable[[], Facts]
    ) -> None:
        self._desk = desk
        self._log = log
        self._facts = facts

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        body, most = exchange.body, self._desk.settings.service.max_rows
        facts, log = self._facts(), self._log()
        if log is None:
            raise NoLogError("prediction_log.enabled is false, so feedback has nowhere to go")
        if len(body) > _LARGE_BODY:
            truths = await asyncio.to_thread(read_feedback, body, facts, most)
        else:
            truths = read_feedback(body, facts, most)
        exchange.rows = len(truths)
        names, lines = records(truths, exchange.request_id)
        await log.write(lines, len(names))
        found = await self._matched(truths)
        await exchange.answer(_answer(names, truths, found, facts))

    async def _matched(self, truths: Sequence[Told]) -> list[bool] | None:
        """Tell which truths are about predictions that are known; None if that cannot be told now."""

        def look(connection: sqlite3.Connection) -> list[bool]:
            return matched(connection, truths)

        try:
            return await self._desk.read(look)
        except NoLogError:
            return [False] * len(truths) if self._desk.settings.prediction_log.embedded else None
        except (LogUnreadableError, Problem):
            return None  # it is in the journal, and that is what counts


def read_feedback(body: bytes, facts: Facts, most: int) -> list[Told]:
    """Return the truths of a body, or raise the problem that says what is wrong with it."""
    require_sane_numbers(body)
    try:
        rows = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise syntax_problem(body, str(error)) from None
    if not isinstance(rows, list) or not 1 <= len(rows) <= most:
        words = f"Send a list of 1 to {most} rows."
        raise Problem("invalid", detail=words, faults=[Fault("", "rows", words)])
    found = [_fault(flaw) for flaw, _ in zip(flaws(rows, facts), range(MOST_FAULTS), strict=False)]
    if found:
        raise Problem("invalid", detail=f"{found[0].pointer}: {found[0].detail}", faults=found)
    return told(rows, facts)


def _fault(flaw: Flaw) -> Fault:
    where = (flaw.row, flaw.field) if flaw.field else (flaw.row,)
    return Fault(pointer(*where), flaw.code, flaw.detail)


def _answer(names: Sequence[str], truths: Sequence[Told], found: list[bool] | None, facts: Facts) -> bytes:
    known = found if found is not None else [None] * len(names)
    content: dict[str, Any] = {
        "accepted": len(names),
        "matched": None if found is None else sum(found),
        "held": None if found is None else len(found) - sum(found),
        "unknown_classes": _unknown(truths, facts),
        "truths": [{"truth_id": name, "matched": one} for name, one in zip(names, known, strict=True)],
    }
    return to_json(content)


def _unknown(truths: Sequence[Told], facts: Facts) -> list[str]:
    if facts.task == "regression":
        return []
    return sorted({one.actual for one in truths} - set(facts.classes))[:MOST_FAULTS]
