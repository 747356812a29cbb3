"""Who keeps the journal directory: finishes what the dead left, and removes what every sink has passed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from hookline.predlog.places import Places
from hookline.predlog.shipper.courier import Courier
from hookline.predlog.shipper.ways import Ways
from hookline.predlog.sinks.sink import Position
from hookline.predlog.totals import TotalsFile
from hookline.predlog.trail import START, Trail, trails
from hookline.voice import Voice
from hookline.words import counted

__all__ = ["Keeper"]


class Keeper:
    """Keep one journal directory; only the holder of its lock may."""

    def __init__(self, places: Places, totals: TotalsFile, couriers: Sequence[Courier], voice: Voice) -> None:
        self._places = places
        self._totals = totals
        self._couriers = couriers
        self._voice = voice
        self._finished: set[str] = set()

    def begin(self) -> None:
        """Go on where a shipper died, before anything is shipped."""
        self._totals.keep_only(courier.name for courier in self._couriers)
        for writer in self._totals.folded:
            self._delete(Trail(self._places.journal / writer))
        self.adopt()

    def adopt(self) -> bool:
        """Finish the journals of writers that died; tell whether a writer is alive."""
        alive = False
        for trail in trails(self._places.journal):
            if trail.name in self._finished:
                continue
            if trail.alive:
                alive = True
                continue
            removed = self._totals.removed(trail.name)
            cut = trail.finish(after=removed.segment, rows=removed.rows)
            self._finished.add(trail.name)
            if cut:
                self._voice.say(
                    "cut",
                    f"the log's writer {trail.name} died within a record; {counted(cut, 'byte')} were cut",
                    level="warning",
                    writer=trail.name,
                )
        return alive

    def waiting(self) -> int:
        """Add up the bytes that some sink has not passed yet."""
        # Looked at once: a courier in another thread may forget how far its sink is.
        places = [{} if ways is None else ways.positions() for ways in self._ways()]
        return sum(
            trail.size(number) - (passed.offset if number == passed.segment else 0)
            for trail in trails(self._places.journal)
            for passed in [min((ways.get(trail.name, START) for ways in places), default=START)]
            for number in trail.segments()
            if number >= passed.segment
        )

    def sweep(self) -> None:
        """Remove what every sink has passed. Without sinks all is kept; so it is while one is not known."""
        places = [ways.positions() for ways in self._ways() if ways is not None]
        if not places or len(places) < len(self._couriers):
            return
        for trail in trails(self._places.journal):
            dead = trail.name in self._finished
            if self._remove_segments(trail, places, dead=dead) == 0 and dead:
                # A folder that could not be deleted is counted already.
                if trail.name not in self._totals.folded:
                    self._totals.fold(trail.name, trail.counted())
                self._delete(trail)

    def _ways(self) -> list[Ways | None]:
        return [courier.ways for courier in self._couriers]

    def _remove_segments(self, trail: Trail, places: Sequence[Mapping[str, Position]], *, dead: bool) -> int:
        """Remove the segments that are done; return how many are left."""
        passed = min(ways.get(trail.name, START) for ways in places)
        there = trail.segments()
        done = [number for number in there if number < passed.segment]
        if dead and there and there[-1] == passed.segment and passed.offset >= trail.size(passed.segment):
            done.append(passed.segment)
        if done:
            # Counted, and the count on the disk, before they go. A crash leaves segments that are counted.
            known = self._totals.removed(trail.name).segment
            new = [number for number in done if number > known]
            if new:
                self._totals.remove(trail.name, new[-1], sum(map(trail.lines_of, new)))
            for number in done:
                trail.segment(number).unlink(missing_ok=True)
        return len(there) - len(done)

    def _delete(self, trail: Trail) -> None:
        shutil.rmtree(trail.path, ignore_errors=True)
        if not trail.path.exists():
            self._totals.deleted(trail.name)
            self._finished.discard(trail.name)
