"""The cursors of one sink while it is shipped to: in memory, and kept with every move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from hookline.predlog.accepted import forget
from hookline.predlog.cursor import GONE, Cursor, Cursors
from hookline.predlog.sinks.sink import Position
from hookline.predlog.totals import TotalsFile
from hookline.predlog.trail import Trail

__all__ = ["Ways", "joined"]


class Ways:
    """Know how far the sink is with each writer."""

    def __init__(self, store: Cursors, cursors: Mapping[str, Cursor], *, kept_by_sink: bool) -> None:
        self._store = store
        self._cursors = dict(cursors)
        self._kept_by_sink = kept_by_sink

    def __getitem__(self, writer: str) -> Cursor:
        """Return the cursor of a writer; a new one begins at the beginning."""
        return self._cursors.get(writer, Cursor())

    def positions(self) -> dict[str, Position]:
        """Return how far the sink is, for others."""
        return {writer: Position(cursor.segment, cursor.offset) for writer, cursor in self._cursors.items()}

    def cursors(self) -> Mapping[str, Cursor]:
        """Return the cursor of every writer, as it is now."""
        return self._cursors

    def numbers(self) -> Cursor:
        """Add up what became of the records of all writers."""
        total = Cursor()
        for cursor in list(self._cursors.values()):
            total = total.plus(cursor)
        return total

    def step(self, writer: str, place: Position) -> None:
        """Go to a place with no record before it. Not kept: the next time it is found again."""
        if place != (self[writer].segment, self[writer].offset):
            self._put(writer, replace(self[writer], segment=place.segment, offset=place.offset))

    def delivered(self, writer: str, end: Position, records: int) -> None:
        """Pass records that the sink has acknowledged."""
        before = self[writer]
        after = replace(before, segment=end.segment, offset=end.offset, delivered=before.delivered + records)
        if not self._kept_by_sink:
            self._store.save({writer: after})
        self._put(writer, after)

    def passed(self, writer: str, end: Position, *, dead_lettered: int = 0, skipped: int = 0) -> None:
        """Pass records that the sink does not get."""
        before = self[writer].plus(Cursor(dead_lettered=dead_lettered, skipped=skipped))
        after = replace(before, segment=end.segment, offset=end.offset)
        self._store.save({writer: after})
        self._put(writer, after)

    def fold(self, there: Iterable[str]) -> None:
        """Add up the cursors of writers that are not there any more."""
        gone = set(self._cursors) - set(there) - {GONE}
        if gone:
            total = self[GONE]
            for writer in gone:
                total = total.plus(self[writer])
            self._store.save({GONE: total}, gone)
            kept = {writer: cursor for writer, cursor in self._cursors.items() if writer not in gone}
            self._cursors = {**kept, GONE: total}

    def _put(self, writer: str, cursor: Cursor) -> None:
        # A new dictionary: others look at the old one meanwhile.
        self._cursors = {**self._cursors, writer: cursor}


def joined(
    store: Cursors,
    name: str,
    totals: TotalsFile,
    there: Iterable[Trail],
    *,
    kept_by_sink: bool,
    accepted: Path,
) -> Ways:
    """Load the cursors of a sink. What was removed without asking it was not for it, and is not its loss."""
    ways = Ways(store, store.load(), kept_by_sink=kept_by_sink)
    names = [trail.name for trail in there]
    new = not totals.knows(name) or ways[GONE].segment == 0
    if new:
        ways.fold(names)
        changed = {GONE: replace(_missing(ways[GONE], totals.gone.appended), segment=1)}
        for writer in names:
            removed, cursor = totals.removed(writer), ways[writer]
            if cursor.segment <= removed.segment and removed.rows:
                begin = replace(cursor, segment=removed.segment + 1, offset=0)
                changed[writer] = _missing(begin, removed.rows)
        # What was lost before is among that, so what was `accepted` of it must not count twice.
        forget(accepted, name)
        store.save(changed)
        totals.welcome(name)
        ways = Ways(store, store.load(), kept_by_sink=kept_by_sink)
    return ways


def _missing(cursor: Cursor, appended: int) -> Cursor:
    return replace(cursor, skipped=appended - cursor.delivered - cursor.dead_lettered)
