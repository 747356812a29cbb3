"""Hold rows against the contract by the very code that reads a request, so that the words are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pydantic_core import to_json

from hookline.contract import Contract
from hookline.service.problems import Fault, Problem
from hookline.service.rows import RowReader

__all__ = ["Judge"]

_Row: TypeAlias = Mapping[str, Any]
_TOGETHER = 100


class Judge:
    """Say of rows what the service would say of them. Safe to ask from several threads."""

    def __init__(self, contract: Contract) -> None:
        self._reader = RowReader(contract, max_rows=_TOGETHER)

    def faults(self, rows: Sequence[_Row]) -> dict[int, list[Fault]]:
        """Find the rows that break the contract; pointers start at the row, such as `/petal_width`."""
        found: dict[int, list[Fault]] = {}
        for start in range(0, len(rows), _TOGETHER):
            together = rows[start : start + _TOGETHER]
            if not self._problem(together):
                continue
            for place, row in enumerate(together, start):
                if problem := self._problem([row]):
                    found[place] = _faults(problem)
        return found

    def _problem(self, rows: Sequence[_Row]) -> Problem | None:
        try:
            self._reader.read(to_json(rows))
        except Problem as problem:
            return problem
        return None


def _faults(problem: Problem) -> list[Fault]:
    if not problem.faults:
        return [Fault("", problem.kind, problem.detail)]
    return [Fault(one.pointer.removeprefix("/0"), one.code, one.detail) for one in problem.faults]
