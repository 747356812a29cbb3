"""Lines of the journal and of dead letters, overwritten where they stand: no line moves, no cursor errs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from hookline.predlog.expand import parsed
from hookline.predlog.record import ERASED
from hookline.predlog.sheet import NOT_A_SHEET, SHEET, Span, blanked, expanded
from hookline.predlog.sinks.sink import Position
from hookline.predlog.trail import trails

__all__ = ["Person", "Swept", "erase_journal", "erase_letters"]

_STONE = json.dumps({"kind": ERASED}, separators=(",", ":")).encode()
_LETTER = b'{"reason":"erased","record":null}'


class Swept(NamedTuple):
    """Count records that were overwritten, and lines that name the person and could not be."""

    records: int = 0
    left: int = 0

    def plus(self, other: Swept) -> Swept:
        """Add up."""
        return Swept(self.records + other.records, self.left + other.left)


Rewrite: TypeAlias = Callable[[bytes], tuple[Swept, Sequence[Span]]]
"""Tell what of a line is to be overwritten, and with what."""
_NOTHING: tuple[Swept, Sequence[Span]] = Swept(), ()


class Person:
    """Recognise one person's records: by their ID, and truths by the predictions that are theirs."""

    def __init__(self, caller: str, predictions: set[str]) -> None:
        self.caller = caller
        self.predictions = predictions

    def owns(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record is about the person; remember their predictions."""
        name = record.get("prediction_id")
        if record.get("id") == self.caller:
            if isinstance(name, str):
                self.predictions.add(name)
            return True
        return isinstance(name, str) and name in self.predictions

    def is_named(self, text: str) -> bool:
        """Tell whether the person's ID is in a text that is no record."""
        return json.dumps(self.caller, ensure_ascii=False) in text


def erase_journal(journal: Path, person: Person) -> Swept:
    """Overwrite the person's records in all segments.

    A truth names its prediction only, and may stand before it, with another writer: what is learned about
    predictions is looked for once more.
    """
    count, known, swept = 0, -1, Swept()
    while known < len(person.predictions):
        known = len(person.predictions)
        swept = _erase_segments(journal, person)
        count += swept.records
    return swept._replace(records=count)


def _erase_segments(journal: Path, person: Person) -> Swept:
    swept = Swept()
    for trail in trails(journal):
        holds = trail.holds()
        for number in trail.segments():
            file = trail.segment(number)
            swept = swept.plus(_overwrite(file, lambda line: _without(line, person), _end(holds, number)))
    return swept


def erase_letters(folder: Path, person: Person) -> int:
    """Overwrite the person's records among those that sinks refused; return how many."""

    def without(line: bytes) -> tuple[Swept, Sequence[Span]]:
        letter = parsed(line)
        record = letter.get("record") if letter else None
        if isinstance(record, str):  # a line that was no record
            owned = person.is_named(record)
        else:
            owned = isinstance(record, dict) and person.owns(record)
        return _whole(line, _LETTER) if owned else _NOTHING

    return sum(_overwrite(file, without, None).records for file in sorted(folder.glob("*.jsonl")))


def _end(holds: Position | None, segment: int) -> int | None:
    """Return where a segment ends; what a living writer has not finished is left to it."""
    if holds is None or segment < holds.segment:
        return None
    return holds.offset if segment == holds.segment else 0


def _overwrite(path: Path, rewrite: Rewrite, end: int | None) -> Swept:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return Swept()
    swept = Swept()
    try:
        # Who erases somebody else waits, and does not read what is half written.
        fcntl.flock(file, fcntl.LOCK_EX)
        for offset, line in _lines(file, end):
            found, spans = rewrite(line)
            # Nothing but what goes: should this end here, all other rows of a sheet are as they were.
            for place, data in spans:
                os.pwrite(file, data, offset + place)
            swept = swept.plus(found)
        if swept.records:
            os.fsync(file)
    finally:
        os.close(file)
    return swept


def _lines(file: int, end: int | None) -> Iterator[tuple[int, bytes]]:
    offset = 0
    # Not by its name again: the shipper may have removed it meanwhile.
    with os.fdopen(file, "rb", closefd=False) as lines:
        for line in lines:
            if not line.endswith(b"\n") or (end is not None and offset + len(line) > end):
                return
            yield offset, line[:-1]
            offset += len(line)


def _without(line: bytes, person: Person) -> tuple[Swept, Sequence[Span]]:
    """Take the person's records out of a line: it is one itself, or it is a sheet of many."""
    record = parsed(line)
    if record is not None and record.get("kind") != SHEET:
        return _whole(line, _STONE) if person.owns(record) else _NOTHING
    try:
        owned = set(_owned(record or {}, person))
        return (Swept(len(owned)), blanked(line, owned)) if owned else _NOTHING
    except NOT_A_SHEET:
        return Swept(left=person.is_named(line.decode(errors="replace"))), ()


def _owned(sheet: Mapping[str, Any], person: Person) -> Iterator[int]:
    for row, (record, line) in enumerate(expanded(sheet, 0, len(sheet["ids"]))):
        if person.is_named(line.decode()) if record is None else person.owns(record):
            yield row


def _whole(line: bytes, instead: bytes) -> tuple[Swept, Sequence[Span]]:
    return Swept(1), [(0, instead.ljust(len(line)))]
