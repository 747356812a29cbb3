"""The threads that ship: they step aside for predictions, until the journal fills faster than they empty it.

What is in the journal is safe, and a caller waits for an answer: so where both want the same processor, most
of it goes to predictions. A thread may give priority away but not take it back, so hurrying needs new ones.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from hookline.predlog.shipper.courier import Courier

__all__ = ["ASIDE", "Crew"]

ASIDE = 10
"""How nice the threads are: beside a worker that is busy all the time they get a tenth of its processor."""


@dataclass(frozen=True, slots=True)
class _Hand:
    courier: Courier
    thread: threading.Thread
    stop: threading.Event


class Crew:
    """Run a loop for each courier."""

    def __init__(self, couriers: Sequence[Courier]) -> None:
        self._couriers = couriers
        self._hands: list[_Hand] = []
        self._hurried = False

    def start(self) -> None:
        """Begin, out of the way of predictions."""
        self._hands = [_begun(courier, aside=True) for courier in self._couriers]

    def hurry(self, wanted: bool) -> None:
        """Take a full share of the processor, or step aside again."""
        if wanted and not self._hurried:
            self._hands = [_begun(hand.courier, after=hand) for hand in self._hands]
        elif self._hurried and not wanted:
            for hand in self._hands:
                if hand.thread.native_id is not None:
                    _step_aside(hand.thread.native_id)
        self._hurried = wanted

    def stop(self, patience: float) -> None:
        """End the loops; one that hangs in its network is left behind."""
        for hand in self._hands:
            hand.stop.set()
        for hand in self._hands:
            hand.thread.join(patience)


def _begun(courier: Courier, *, aside: bool = False, after: _Hand | None = None) -> _Hand:
    stop = threading.Event()

    def run() -> None:
        if after is not None:
            after.thread.join()  # a sink has one thread at a time
        if aside:
            _step_aside(threading.get_native_id())
        courier.run(stop)

    if after is not None:
        after.stop.set()
    thread = threading.Thread(target=run, name=courier.name, daemon=True)
    thread.start()
    return _Hand(courier, thread, stop)


def _step_aside(thread: int) -> None:
    # Where a thread has no priority of its own, it goes on as it is.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, ASIDE)
