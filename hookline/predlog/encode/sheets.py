"""Rows that one call of the model answered → sheets: each column is written by one call, however long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.features import FeatureView, Row
from hookline.predlog.encode.outcome import outcome_columns
from hookline.predlog.sheet import Columns, Request, sheet_line

__all__ = ["SHEET_FROM", "Sheets"]

SHEET_FROM = 2
"""Rows from which on they are written as a sheet; for one it would cost as much as its line."""

_MOST_ROWS, _MOST_CELLS, _MOST_BYTES = 500, 20_000, 1024**2
"""What one sheet takes at most: half of what sinks are given at once, and a line of moderate length."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Write the sheets of one model's answers."""

    view: FeatureView
    id_name: str
    facts: Mapping[str, str]
    classes: tuple[str, ...]
    best: int

    def __call__(self, at: str, answered: Answered) -> Iterator[bytes]:
        """Return the sheets."""
        rows, prediction, ids, requests = answered
        head = {"at": at, **self.facts}
        most = max(1, min(_MOST_ROWS, _MOST_CELLS // self.view.widest))
        for first in range(0, len(rows), most):
            part = rows[first : first + most]
            stop = first + len(part)
            classes, said = outcome_columns(prediction, first, stop, classes=self.classes, best=self.best)
            columns: Columns = {"ids": ids[first : first + most], **self._given(part), **said}
            asked = requests if len(part) == len(rows) else list(_within(requests, first, first + most))
            yield from _bounded(head, asked, columns, classes)

    def _given(self, rows: Sequence[Row]) -> Columns:
        """Return what callers gave: their IDs, the features as the log may show them, what is flagged."""
        columns: Columns = {}
        if self.id_name:
            names = [row.get(self.id_name) for row in rows]
            columns["names"] = [None if name is None else str(name) for name in names]
        elif self.view.plain:
            return {"features": rows}
        shown = [self.view(row) for row in rows]
        columns["features"] = [features for features, _ in shown]
        if any(flags for _, flags in shown):
            columns["flags"] = [flags for _, flags in shown]
        return columns


def _bounded(
    head: Mapping[str, Any], requests: Sequence[Request], columns: Columns, classes: Sequence[str]
) -> Iterator[bytes]:
    """Return a sheet, or several if it came out too long: that is seldom, and not to be known before."""
    sheet, count = sheet_line(head, requests, columns, classes), len(columns["ids"])
    if len(sheet) <= _MOST_BYTES or count == 1:
        yield sheet
        return
    most = max(1, count * _MOST_BYTES // len(sheet))
    for first in range(0, count, most):
        part: Columns = {name: column[first : first + most] for name, column in columns.items()}
        yield from _bounded(head, list(_within(requests, first, first + most)), part, classes)


def _within(requests: Sequence[Request], start: int, stop: int) -> Iterator[Request]:
    """Return the requests of some of the rows, cut at both ends."""
    place = 0
    for request_id, door, ms, first, count in requests:
        begin, end = max(place, start), min(place + count, stop)
        if begin < end:
            yield request_id, door, ms, first + begin - place, end - begin
        place += count
