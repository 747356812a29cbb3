"""The threads that ship: each at the pace that disturbs predictions least and keeps the log fresh enough.

What is in the journal is safe, and a caller waits for an answer. A thread may give priority away but not take
it back, so to go faster needs a new one, started by the main thread, which never gave any away.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from hookline.predlog.shipper.courier import Courier
from hookline.predlog.shipper.crowding import Crowding

__all__ = ["ASIDE", "LATE", "Crew", "Pace"]

ASIDE = 10
"""How nice the threads are: beside a worker that is busy all the time they get a tenth of its processor."""
LATE = 5.0
"""Seconds that a busy machine may keep a sink behind the journal before its thread takes a share."""
_SOON = 1.0
"""Seconds behind the journal from which on it is content again with what nobody else wants."""


class Pace(IntEnum):
    """Say what a thread takes of a processor that others want too."""

    IDLE = 0
    """Nothing, and it rests as long as it had to wait for one."""
    ASIDE = 1
    """A tenth."""
    HURRY = 2
    """As much as they do."""


@dataclass(slots=True)
class _Hand:
    courier: Courier
    thread: threading.Thread
    stop: threading.Event
    pace: Pace

    def wanted(self) -> Pace:
        late = self.courier.behind > (LATE if self.pace == Pace.IDLE else _SOON)
        return Pace.ASIDE if late else Pace.IDLE


class Crew:
    """Run a loop for each courier."""

    def __init__(self, couriers: Sequence[Courier]) -> None:
        self._couriers = couriers
        self._hands: list[_Hand] = []

    def start(self) -> None:
        """Begin, out of the way of predictions."""
        self._hands = [_begun(courier, Pace.IDLE) for courier in self._couriers]

    def hurry(self, wanted: bool) -> None:
        """Take a full share of the processor, or go as fast as the sink that is latest needs it.

        All go at one pace: a slow thread that holds the interpreter would hold up a fast one.
        """
        needed = max((hand.wanted() for hand in self._hands), default=Pace.IDLE)
        self._hands = [_at(Pace.HURRY if wanted else needed, hand) for hand in self._hands]

    def stop(self, patience: float) -> None:
        """End the loops; one that hangs in its network is left behind."""
        for hand in self._hands:
            hand.stop.set()
        for hand in self._hands:
            hand.thread.join(patience)


def _at(pace: Pace, hand: _Hand) -> _Hand:
    """Have a hand go at that pace."""
    if pace > hand.pace:
        return _begun(hand.courier, pace, after=hand)
    if pace < hand.pace and hand.thread.native_id is not None:
        _slow_down(hand.thread.native_id, pace)
        hand.pace = pace
    return hand


def _begun(courier: Courier, pace: Pace, *, after: _Hand | None = None) -> _Hand:
    def run() -> None:
        if after is not None:
            after.thread.join()  # a sink has one thread at a time
        _slow_down(threading.get_native_id(), pace)
        crowding = Crowding()
        courier.run(hand.stop, rest=lambda: crowding.rest() if hand.pace == Pace.IDLE else 0.0)

    if after is not None:
        after.stop.set()
    hand = _Hand(
        courier, threading.Thread(target=run, name=courier.name, daemon=True), threading.Event(), pace
    )
    hand.thread.start()
    return hand


def _slow_down(thread: int, pace: Pace) -> None:
    # Where a thread has no priority of its own, it goes on as it is.
    if pace < Pace.HURRY:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, ASIDE)
    if pace < Pace.ASIDE:
        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
