"""What a place for records is to the shipper: one verb, `deliver`, and `close`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from hookline.errors import HooklineError
from hookline.predlog.cursor import Cursors

__all__ = ["Batch", "CursorKeeping", "Position", "RecordsRefused", "Sink", "SinkUnavailable", "Tended"]


class Position(NamedTuple):
    """Be a place in one writer's journal: a segment and a byte in it. Later is greater."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold records that follow each other in one writer's journal, and the lines they stand in."""

    writer: str
    records: Sequence[Mapping[str, Any]]
    start: Position
    end: Position
    lines: Sequence[bytes]
    """The records as written, one each, without the newline."""
    more: bool = False
    """Whether it ends where a batch must, and not where the journal does."""
    sizes: Sequence[int] = ()
    """The bytes each takes in the journal, if that is not its line: it may come from a sheet."""

    def __len__(self) -> int:
        """Count the records."""
        return len(self.records)

    def part(self, start: int, stop: int) -> Batch:
        """Return the records from `start` to before `stop` as a batch with its own place."""
        sizes = self.sizes or [len(line) + 1 for line in self.lines]
        first = self.start.offset + sum(sizes[:start])
        return Batch(
            self.writer,
            self.records[start:stop],
            Position(self.start.segment, first),
            Position(self.start.segment, first + sum(sizes[start:stop])),
            self.lines[start:stop],
            sizes=self.sizes[start:stop],
        )

    def cut(self, around: Sequence[int] = ()) -> Iterator[Batch]:
        """Go through smaller batches in order: the records at `around` alone, or else two halves."""
        edges = {0, len(self)}
        edges.update(*((place, place + 1) for place in around)) if around else edges.add(len(self) // 2)
        for start, stop in itertools.pairwise(sorted(edges)):
            yield self.part(start, stop)


class SinkUnavailable(HooklineError):  # noqa: N818 - a state of the sink, not a fault of ours
    """Say why the sink takes nothing now: it is down, slow, reset, or acknowledged wrongly. Tried again."""


class RecordsRefused(HooklineError):  # noqa: N818 - says what happened to the records
    """Say why the sink will never take these records. A batch is cut until the bad ones are alone.

    `positions` are the places in the batch of the bad ones, if the sink knows them.
    """

    def __init__(self, message: str, positions: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.positions = positions


class Sink(Protocol):
    """Take records. Calls come from one thread, one at a time; nothing is opened before the first."""

    @property
    def name(self) -> str:
        """Return one word: it names the cursor, the dead letters and the metrics."""
        ...

    def deliver(self, batch: Batch) -> None:
        """Return when all of the batch is acknowledged; a record that comes again is not taken twice.

        Raise `SinkUnavailable` to be asked again, `RecordsRefused` if these will never be taken.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class CursorKeeping(Protocol):
    """Be a sink that moves its own cursor when it delivers: with the records, or not at all."""

    @property
    def cursors(self) -> Cursors:
        """Return where the cursors are kept."""
        ...


@runtime_checkable
class Tended(Protocol):
    """Be a sink with work of its own, such as letting go of what is too old."""

    def tend(self) -> None:
        """Do a little of it; called about once a second, between batches."""
        ...
