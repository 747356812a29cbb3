"""The accounting: every row that was answered is delivered, pending, dead-lettered or dropped; per sink."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hookline.predlog.accepted import accepted
from hookline.predlog.cursor import Cursor
from hookline.predlog.places import Places
from hookline.predlog.reader import read
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.totals import Removed, Totals
from hookline.predlog.trail import Counted, Trail, trails

__all__ = ["Account", "audit", "oldest", "said"]


@dataclass(frozen=True, slots=True)
class Account:
    """Say what became of the rows that were there for one sink."""

    sink: str
    appended: int
    """Rows handed to the log for this sink: those in the journal, and those it could not take."""
    delivered: int
    pending: int
    dead_lettered: int
    dropped: int
    """Rows that the journal could not take; their answers said so."""
    oldest_pending_seconds: float = 0.0
    accepted: int = 0
    """Rows that are nowhere, and of which somebody took note; below zero, rows that nobody counted."""

    @property
    def missing(self) -> int:
        """Return how many rows are nowhere; below zero, how many are there twice."""
        somewhere = self.delivered + self.pending + self.dead_lettered + self.dropped
        return self.appended - somewhere - self.accepted

    @property
    def closes(self) -> bool:
        """Tell whether every row is somewhere."""
        return self.missing == 0

    def plain(self) -> dict[str, Any]:
        """Return it with documented keys."""
        return {
            "sink": self.sink,
            "appended": self.appended,
            "delivered": self.delivered,
            "pending": self.pending,
            "dead_lettered": self.dead_lettered,
            "dropped": self.dropped,
            "accepted": self.accepted,
            "missing": self.missing,
            "oldest_pending_seconds": round(self.oldest_pending_seconds, 3),
        }


def audit(places: Places, cursors: Mapping[str, Mapping[str, Cursor]]) -> list[Account]:
    """Count everything anew, record by record; `cursors` are those of each sink.

    What is counted is independent: the writers count what they append, cursors what was delivered, and what
    is pending is counted in the files. While rows arrive and files go, it may have to be done again.
    """
    totals, noted = Totals.load(places.totals), accepted(places.accepted)
    there = [trail for trail in trails(places.journal) if trail.name not in totals.folded]
    sums = {sink: Cursor() for sink in cursors}
    pending = dict.fromkeys(cursors, 0)
    appended, dropped = totals.appended, totals.dropped
    for trail in there:
        counted, holds = trail.counted(), trail.holds()
        removed = totals.removed.get(trail.name, Removed())
        # A writer that was killed may not have come to count its last records.
        appended += max(counted.appended, removed.rows + trail.lines(removed.end, holds=holds))
        dropped += counted.dropped
        for sink, kept in cursors.items():
            cursor = kept.get(trail.name, Cursor())
            pending[sink] += trail.lines(Position(cursor.segment, cursor.offset), holds=holds)
    for sink, kept in cursors.items():
        for cursor in kept.values():
            sums[sink] = sums[sink].plus(cursor)
    return [
        Account(
            sink=sink,
            appended=appended + dropped - sums[sink].skipped,
            delivered=sums[sink].delivered,
            pending=pending[sink],
            dead_lettered=sums[sink].dead_lettered,
            dropped=dropped,
            oldest_pending_seconds=_age(oldest(there, cursors[sink])) if pending[sink] else 0.0,
            accepted=noted.get(sink, 0),
        )
        for sink in cursors
    ]


def said(places: Places, totals: Totals) -> Counted:
    """Add up what all writers say they did; cheap, and behind by what they are doing now."""
    appended, dropped = totals.appended, totals.dropped
    for trail in trails(places.journal):
        if trail.name not in totals.folded:
            counted = trail.counted()
            appended += counted.appended
            dropped += counted.dropped
    return Counted(appended, dropped)


def oldest(there: list[Trail], cursors: Mapping[str, Cursor]) -> float | None:
    """Return the time of the oldest record that is not delivered, as seconds since 1970."""
    times = []
    for trail in there:
        cursor = cursors.get(trail.name, Cursor())
        _, found = read(trail, Position(cursor.segment, cursor.offset), most_rows=1, most_bytes=4096)
        if isinstance(found, Batch):
            with suppress(KeyError, ValueError):  # a damaged record has no time, and is a dead letter soon
                times.append(datetime.fromisoformat(str(found.records[0]["at"])).timestamp())
    return min(times, default=None)


def _age(at: float | None) -> float:
    return 0.0 if at is None else max(0.0, time.time() - at)
