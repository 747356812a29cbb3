"""The shipper: one loop for each sink, and one that keeps the directory, for as long as it is wanted."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hookline.predlog.places import Places
from hookline.predlog.shipper.courier import Courier
from hookline.predlog.shipper.crew import Crew
from hookline.predlog.shipper.keeper import Keeper
from hookline.predlog.shipper.lock import Lock
from hookline.predlog.shipper.status import write_status
from hookline.predlog.sinks.sink import Sink
from hookline.predlog.totals import TotalsFile
from hookline.voice import Voice

__all__ = ["STOPS", "Shipper", "Wanted", "wait"]

STOPS = {signal.SIGTERM, signal.SIGINT}
"""Blocked in every thread, and waited for: nothing is ever interrupted."""

_TICK = 0.25
_FULL, _EASY = 4, 8
"""Shipping hurries when that part of what the journal may hold waits, until less than this part does."""
_ALONE = 1.0
"""Seconds without a living writer after which nobody is taken to come."""


@dataclass(slots=True)
class Wanted:
    """Say how long a shipper is wanted: until a signal, or until its starter or all writers are gone."""

    permit: int | None = None
    """The reading end of a pipe, and its end is the starter's; from then on it is `while_written`."""
    while_written: bool = False

    def starter_gone(self) -> bool:
        """Tell whether the starter is gone."""
        if self.permit is not None and select.select([self.permit], [], [], 0)[0]:
            os.close(self.permit)
            self.permit, self.while_written = None, True
        return self.while_written


def wait(seconds: float) -> bool:
    """Wait for a signal to stop; tell whether it came."""
    return signal.sigtimedwait(STOPS, seconds) is not None


class Shipper:
    """Ship everything in one journal directory; its lock is held meanwhile."""

    def __init__(
        self,
        places: Places,
        lock: Lock,
        sinks: Sequence[Sink],
        voice: Voice,
        *,
        drain_seconds: float,
        most: int = 1 << 30,
        free: int = 0,
    ) -> None:
        self._places = places
        self._lock = lock
        self._voice = voice
        self._drain_seconds = drain_seconds
        self._most = most
        self._free = free
        self._hurried = False
        totals = TotalsFile(places.totals)
        self._couriers = [Courier(sink, places, totals, voice) for sink in sinks]
        self._keeper = Keeper(places, totals, self._couriers, voice)
        self._crew = Crew(self._couriers)
        self._trouble = ""

    def run(self, wanted: Wanted) -> None:
        """Ship until it is not wanted any more, and then what is left, for a while."""
        while not self._begun():
            if wait(_ALONE):
                return
        self._crew.start()
        alone_since: float | None = None
        while not wait(_TICK):
            if self._lock.lost:
                # Another may ship by now: what both bring away, or tidy up, would count twice.
                self._voice.say("lost", f"{self._places.lock} was deleted; ending", level="warning")
                self._crew.stop(_ALONE)
                return
            alive = self._tick()
            self._pace()
            now = time.monotonic()
            if alive or not wanted.starter_gone():
                alone_since = None
            elif now - (alone_since := alone_since or now) >= _ALONE:
                break
        self._crew.hurry(True)
        self._drain()
        self._crew.stop(_ALONE)
        self._tick()

    def once(self) -> list[str]:
        """Ship what is there now; say for each sink that did not take all of it why."""
        self._keeper.begin()
        for courier in self._couriers:
            while not courier.caught_up and courier.reason is None:
                courier.turn()
        self._tick()
        return [f"{courier.name}: {courier.reason}" for courier in self._couriers if courier.reason]

    def _begun(self) -> bool:
        try:
            self._keeper.begin()
        except OSError as error:
            self._troubled(error)
            return False
        return True

    def _troubled(self, error: OSError) -> None:
        # Often a full disk: it is tried again, and said once.
        if str(error) != self._trouble:
            self._trouble = str(error)
            self._voice.say("keeping", f"cannot look after the log's directory: {error}", level="warning")

    def _tick(self) -> bool:
        """Look after the directory; tell whether a writer is alive."""
        try:
            alive = self._keeper.adopt()
            self._keeper.sweep()
            write_status(self._places, self._couriers)
        except OSError as error:
            self._troubled(error)
            return True
        self._trouble = ""
        return alive

    def _pace(self) -> None:
        with contextlib.suppress(OSError):
            waiting = self._keeper.waiting()
            disk = os.statvfs(self._places.directory)
            room = min(self._most, waiting + max(0, disk.f_bavail * disk.f_frsize - self._free))
            self._hurried = waiting > room // (_EASY if self._hurried else _FULL)
            self._crew.hurry(self._hurried)

    def _drain(self) -> None:
        """Wait until every sink has what was there when this began, but not for long."""
        began = time.monotonic()
        while time.monotonic() < began + self._drain_seconds:
            if all(courier.caught_up > began for courier in self._couriers):
                return
            if wait(0.02):
                return  # told twice
