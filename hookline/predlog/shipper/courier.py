"""One sink's own loop: reads, delivers, waits. Sinks share nothing, so none of them delays another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hookline.errors import HooklineError
from hookline.predlog.cursor import CursorFile, Cursors
from hookline.predlog.deadletters import DeadLetters
from hookline.predlog.places import Places
from hookline.predlog.reader import MOST_BYTES, MOST_ROWS, Odd, read
from hookline.predlog.shipper.backoff import Backoff
from hookline.predlog.shipper.crowding import LONGEST_REST
from hookline.predlog.shipper.ways import Ways, joined
from hookline.predlog.sinks.sink import Batch, CursorKeeping, Position, RecordsRefused, Sink, Tended
from hookline.predlog.totals import TotalsFile
from hookline.predlog.trail import Trail, trails
from hookline.voice import Voice

__all__ = ["Courier"]

_POLL = 0.1
_TENDING = 1.0
_FEW_ROWS = 100
"""A batch that is soon done even by a thread that hardly gets a processor."""


class Courier:
    """Bring one sink what the journal holds for it."""

    def __init__(
        self,
        sink: Sink,
        places: Places,
        totals: TotalsFile,
        voice: Voice,
        *,
        backoff: Backoff | None = None,
        poll: float = _POLL,
    ) -> None:
        self.name = sink.name
        self.reason: str | None = None
        """Why the sink takes nothing now."""
        self.caught_up = 0.0
        """When the last round began that found nothing to deliver."""
        self._reached = time.monotonic()
        """What was in the journal then, the sink has."""
        self.began = 0.0
        """When the last round began, by the machine's clock: what was read before is in nobody's hands."""
        self._sink = sink
        self._places = places
        self._totals = totals
        self._voice = voice
        self._backoff = backoff or Backoff()
        self._poll = poll
        self._most = MOST_ROWS
        self._keeps = isinstance(sink, CursorKeeping)
        self._store: Cursors = CursorFile(places.cursor(sink.name))
        if isinstance(sink, CursorKeeping):
            self._store = sink.cursors
        self._dead_letters = DeadLetters(places.dead_letters(sink.name))
        self._ways: Ways | None = None
        self.last: Ways | None = None
        """How far the sink was when that was known last."""
        self._tended = time.monotonic()
        self._full = False
        """Whether a batch ended before the journal did."""

    @property
    def ways(self) -> Ways | None:
        """Return how far the sink is; None while that is not known."""
        return self._ways

    @property
    def behind(self) -> float:
        """Return for how many seconds the journal has had what this sink has not, though it takes records."""
        return 0.0 if self.reason is not None else time.monotonic() - self._reached

    def run(self, stop: threading.Event, *, rest: Callable[[], float] = lambda: 0.0) -> None:
        """Go round until told to stop, with a rest after each round; whatever goes wrong is tried again."""
        while not stop.is_set():
            pause, needed = self.turn(), rest()
            # Who hardly gets a processor takes small steps: a faster thread waits for the end of one. Only a
            # step that was all it may be tells that it gets one: for a look at nothing there is always time.
            if needed >= LONGEST_REST:
                self._most = _FEW_ROWS
            elif self._full:
                self._most = MOST_ROWS
            if pause := max(pause, needed):
                stop.wait(pause)
        self._sink.close()

    def turn(self) -> float:
        """Go round once; return the seconds to wait then."""
        began = self.began = time.monotonic()
        try:
            moved = self.round()
            self._tend()
        except Exception as error:
            return self._failed(error)
        self._recovered()
        if not moved:
            self.caught_up = began
        if not self._full:
            self._reached = began
        # A transaction for a few records costs as much as one for many: what comes in meanwhile joins them.
        return 0.0 if self._full else self._poll

    def round(self) -> bool:
        """Deliver one batch of each writer; tell whether there was any."""
        self._full = False
        there = trails(self._places.journal)
        if self._ways is None:
            accepted = self._places.accepted
            self._ways = joined(
                self._store, self.name, self._totals, there, kept_by_sink=self._keeps, accepted=accepted
            )
            self.last = self._ways
        moved = [self._advance(self._ways, trail) for trail in there]
        self._ways.fold(trail.name for trail in there)
        return any(moved)

    # ---- one writer ----

    def _advance(self, ways: Ways, trail: Trail) -> bool:
        cursor = ways[trail.name]
        place, most_bytes = Position(cursor.segment, cursor.offset), MOST_BYTES * self._most // MOST_ROWS
        start, found = read(trail, place, most_rows=self._most, most_bytes=most_bytes)
        ways.step(trail.name, start)
        if found is None:
            return False
        if isinstance(found, Odd):
            self._full = True
            self._pass_by(ways, trail.name, found)
        else:
            self._full = self._full or found.more
            self._deliver(ways, found)
        return True

    def _deliver(self, ways: Ways, batch: Batch) -> None:
        try:
            self._sink.deliver(batch)
        except RecordsRefused as refusal:
            if len(batch) == 1:
                self._dead_letters.add(batch.records[0], str(refusal))
                ways.passed(batch.writer, batch.end, dead_lettered=1)
                self._say("dead-letter", f"refused a record: {refusal}; it is in {self._letters}")
            else:
                for part in batch.cut(refusal.positions):
                    self._deliver(ways, part)
        else:
            ways.delivered(batch.writer, batch.end, len(batch))

    def _pass_by(self, ways: Ways, writer: str, odd: Odd) -> None:
        if odd.erased:
            ways.passed(writer, odd.end, skipped=1)
            return
        self._dead_letters.add(odd.line.decode(errors="backslashreplace"), "it is no JSON object")
        ways.passed(writer, odd.end, dead_lettered=1)
        self._say("dead-letter", f"found a line in the journal that is no record; it is in {self._letters}")

    # ---- beside it ----

    def _tend(self) -> None:
        now = time.monotonic()
        if isinstance(self._sink, Tended) and now - self._tended >= _TENDING:
            self._tended = now
            self._sink.tend()

    def _failed(self, error: Exception) -> float:
        # What the sink keeps itself may be another by now: a damaged database is begun anew.
        if self._keeps:
            self._ways = None
        reason = str(error) if isinstance(error, HooklineError) else f"{type(error).__name__}: {error}"
        if reason != self.reason:
            self._say("waiting", f"takes nothing now and is asked again: {reason}")
        self.reason = reason
        return self._backoff.fail()

    def _recovered(self) -> None:
        if self.reason is not None:
            self._reached = time.monotonic()  # until now it was not the processor that it waited for
            self._voice.say("recovered", f"the log's sink {self.name} takes records again", sink=self.name)
        self.reason = None
        self._backoff.succeed()

    def _say(self, event: str, sentence: str) -> None:
        self._voice.say(event, f"the log's sink {self.name} {sentence}", level="warning", sink=self.name)

    @property
    def _letters(self) -> str:
        return str(self._places.dead_letters(self.name))
