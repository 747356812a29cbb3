"""How many connections each worker has, in memory that all see: so that none takes more than its share."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

__all__ = ["Share", "Tally"]

_NOBODY = 2**32 - 1


class Tally:
    """Hold a number for each worker. It is made before they are forked."""

    def __init__(self, workers: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, 4 * workers)).cast("I")
        for number in range(workers):
            self.leave(number)

    def share(self, number: int) -> Share:
        """Take a place, without connections."""
        share = Share(self._counts, number)
        share.count(0)
        return share

    def leave(self, number: int) -> None:
        """Note that nobody works at a place."""
        self._counts[number] = _NOBODY


@dataclass(frozen=True, slots=True)
class Share:
    """Write one worker's number, and read the others'."""

    counts: memoryview
    number: int

    def count(self, connections: int) -> None:
        """Say how many connections this worker has."""
        self.counts[self.number] = connections

    def add(self) -> None:
        """Count a connection that is on its way."""
        self.counts[self.number] += 1

    @property
    def is_ahead(self) -> bool:
        """Tell whether another worker has fewer connections."""
        return self.counts[self.number] > min(self.counts)
