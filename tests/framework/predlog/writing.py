"""Write journals as workers do, and as workers that died leave them."""

from __future__ import annotations

import fcntl
import json
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hookline.ids import new_ids
from hookline.predlog.places import Places
from hookline.predlog.sheet import Columns, sheet_line
from hookline.predlog.shipper.backoff import Backoff
from hookline.predlog.shipper.courier import Courier
from hookline.predlog.shipper.keeper import Keeper
from hookline.predlog.sinks.sink import Batch, Position, Sink
from hookline.predlog.totals import TotalsFile
from hookline.voice import Voice

__all__ = ["Desk", "Scribe", "batch_of", "line_of", "prediction", "predictions", "sheet_of"]

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def prediction(**changes: Any) -> dict[str, Any]:
    """Make a record; each has an id of its own."""
    return {
        "kind": "prediction",
        "prediction_id": new_ids(1)[0],
        "request_id": "r",
        "row": 0,
        "at": "2026-11-21T12:00:00.123456Z",
        "model_id": "m",
        "model_version": "v1",
        "door": "predictions",
        "features": {"size": 1.5},
        "class_name": "large",
        "probabilities": {"large": 0.75, "small": 0.25},
        "ms": 1.25,
        **changes,
    }


def predictions(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Make so many records, a second apart."""
    times = [(NOON + timedelta(seconds=number)).isoformat().replace("+00:00", "Z") for number in range(count)]
    return [prediction(**{"row": number, "at": at, **changes}) for number, at in enumerate(times)]


def line_of(record: Any) -> bytes:
    """Write a record as its line, without the newline."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def sheet_of(records: Sequence[dict[str, Any]]) -> bytes:
    """Write records as the rows of one sheet; what rows share is taken from the first."""
    first = records[0]
    shared = ("at", "model_id", "model_version")
    columns: Columns = {
        "ids": [record["prediction_id"] for record in records],
        "names": [record.get("id") for record in records],
        "features": [record["features"] for record in records],
        "labels": [("large", "small").index(record["class_name"]) for record in records],
        "shares": [list(record["probabilities"].values()) for record in records],
    }
    head = {name: first[name] for name in shared}
    requests = [(record["request_id"], record["door"], record["ms"], record["row"], 1) for record in records]
    return sheet_line(head, requests, columns, ("large", "small"))


def batch_of(records: Sequence[dict[str, Any]], *, writer: str = "w", start: int = 0) -> Batch:
    """Put records in a batch at the beginning of a journal."""
    lines = [line_of(record) for record in records]
    end = start + sum(len(line) + 1 for line in lines)
    return Batch(writer, records, Position(1, start), Position(1, end), lines)


class Scribe:
    """Be a writer of a journal: alive until it is closed or dies."""

    def __init__(self, journal: Path, name: str = "20261121T120000-1-abcdef") -> None:
        self.path = journal / name
        self.path.mkdir(parents=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._numbers = [0, 0, 0, 0]  # appended, dropped, segment, offset
        self.records: list[dict[str, Any]] = []
        self._say()

    @property
    def segment(self) -> Path:
        """Return the file that is written."""
        return self.path / f"{self._numbers[2]:010}.jsonl"

    def append(self, *records: dict[str, Any], say: bool = True) -> None:
        """Write records; without `say` it is killed before it can name them."""
        self.records += records
        self.write(b"".join(line_of(record) + b"\n" for record in records), len(records), say=say)

    def write(self, data: bytes, count: int = 0, *, say: bool = True) -> None:
        """Write bytes that hold so many lines."""
        self._numbers[2] = self._numbers[2] or 1
        with self.segment.open("ab") as file:
            file.write(data)
        if say:
            self._numbers[0] += count
            self._numbers[3] = self.segment.stat().st_size
        self._say()

    def roll(self) -> None:
        """Go on in another segment."""
        self._numbers[2] = max(1, self._numbers[2]) + 1
        self._numbers[3] = 0
        self._say()

    def drop(self, count: int) -> None:
        """Count rows that could not be written."""
        self._numbers[1] += count
        self._say()

    def die(self, torn: bytes = b"") -> None:
        """Let go of the lock, perhaps within a line."""
        if torn:
            self.write(torn, say=False)
        os.close(self._lock)

    def _say(self) -> None:
        (self.path / "counts").write_bytes(struct.pack("<4Q", *self._numbers))


class Desk:
    """Run the parts of a shipper by hand, one step at a time; `restart` is what a crash leaves."""

    def __init__(self, directory: Path, make: Callable[[], list[Sink]]) -> None:
        self.places = Places(directory)
        self._make = make
        self.said: list[str] = []
        self.restart()

    def restart(self) -> None:
        """Begin with nothing but what is on the disk."""
        voice = Voice(log=_Heard(self.said))  # type: ignore[arg-type]  # a log that can be written to
        self.totals = TotalsFile(self.places.totals)
        self.couriers = [
            Courier(sink, self.places, self.totals, voice, backoff=Backoff(first=0, most=0))
            for sink in self._make()
        ]
        self.keeper = Keeper(self.places, self.totals, self.couriers, voice)
        self.keeper.begin()

    def ship(self, turns: int = 50) -> None:
        """Go round until all is delivered or a sink takes nothing, and look after the directory."""
        self.keeper.adopt()
        for courier in self.couriers:
            courier.caught_up = 0.0
            for _ in range(turns):
                courier.turn()
                if courier.caught_up:
                    break
        self.keeper.sweep()
        for courier in self.couriers:  # what was swept is added up
            courier.turn()


class _Heard:
    def __init__(self, said: list[str]) -> None:
        self._said = said

    def write(self, text: str) -> None:
        self._said.append(text)

    def flush(self) -> None:
        pass


@contextmanager
def scribe(journal: Path, name: str = "20261121T120000-1-abcdef") -> Iterator[Scribe]:
    """Have a living writer."""
    writer = Scribe(journal, name)
    try:
        yield writer
    finally:
        writer.die()
