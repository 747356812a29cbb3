"""Lines of the journal and of dead letters, overwritten where they stand: no line moves, no cursor errs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from hookline.predlog.expand import parsed
from hookline.predlog.record import ERASED
from hookline.predlog.sheet import NOT_A_SHEET, SHEET, blanked, expanded
from hookline.predlog.sinks.sink import Position
from hookline.predlog.trail import trails

__all__ = ["Person", "erase_journal", "erase_letters"]

_STONE = json.dumps({"kind": ERASED}, separators=(",", ":")).encode()
_LETTER = b'{"reason":"erased","record":null}'

Rewrite: TypeAlias = Callable[[bytes], tuple[int, bytes]]
"""Tell how many of a line's records are to be overwritten, and return the line without them."""


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


def erase_journal(journal: Path, person: Person) -> int:
    """Overwrite the person's records in all segments; return how many.

    A truth names its prediction only, and may stand before it, with another writer: what is learned about
    predictions is looked for once more.
    """
    count, known = 0, -1
    while known < len(person.predictions):
        known = len(person.predictions)
        count += _erase_segments(journal, person)
    return count


def _erase_segments(journal: Path, person: Person) -> int:
    return sum(
        _overwrite(trail.segment(number), lambda line: _without(line, person), _end(holds, number))
        for trail in trails(journal)
        for holds in [trail.holds()]
        for number in trail.segments()
    )


def erase_letters(folder: Path, person: Person) -> int:
    """Overwrite the person's records among those that sinks refused; return how many."""

    def without(line: bytes) -> tuple[int, bytes]:
        letter = parsed(line)
        record = letter.get("record") if letter else None
        if isinstance(record, str):  # a line that was no record
            owned = json.dumps(person.caller, ensure_ascii=False) in record
        else:
            owned = isinstance(record, dict) and person.owns(record)
        return owned, _LETTER

    return sum(_overwrite(file, without, None) for file in sorted(folder.glob("*.jsonl")))


def _end(holds: Position | None, segment: int) -> int | None:
    """Return where a segment ends; what a living writer has not finished is left to it."""
    if holds is None or segment < holds.segment:
        return None
    return holds.offset if segment == holds.segment else 0


def _overwrite(path: Path, rewrite: Rewrite, end: int | None) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    count = 0
    try:
        for offset, line in _lines(path, end):
            found, rest = rewrite(line)
            if found:
                os.pwrite(file, rest.ljust(len(line)), offset)
                count += found
        if count:
            os.fsync(file)
    finally:
        os.close(file)
    return count


def _lines(path: Path, end: int | None) -> Iterator[tuple[int, bytes]]:
    offset = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n") or (end is not None and offset + len(line) > end):
                return
            yield offset, line[:-1]
            offset += len(line)


def _without(line: bytes, person: Person) -> tuple[int, bytes]:
    """Take the person's records out of a line: it is one itself, or it is a sheet of many."""
    record = parsed(line)
    if record is None:
        return 0, line
    if record.get("kind") != SHEET:
        return person.owns(record), _STONE
    try:
        rows = list(expanded(record, 0, len(record["ids"])))
    except NOT_A_SHEET:
        return 0, line
    owned = {row for row, one in enumerate(rows) if person.owns(one.record)}
    return len(owned), blanked(line, owned)
