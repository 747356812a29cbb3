"""Whether the log adds up: everything is counted anew, and the database is checked."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

from hookline.errors import LogStateError
from hookline.predlog import accepted
from hookline.predlog.accounts import Account, audit
from hookline.predlog.cursor import Cursor, CursorFile
from hookline.predlog.places import Places
from hookline.predlog.sinks.sink import CursorKeeping, Sink
from hookline.words import counted

__all__ = ["Verdict", "accept", "verify"]

_TRIES = 20
_PAUSE = 0.1
_ALIKE = 5
"""Looks that see the same: then it is no matter of what arrives meanwhile."""
_REMEDY = "`hookline logs verify --accept` takes note of it, and says it no more"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the accounts of the sinks, and sentences about what is wrong."""

    accounts: Sequence[Account]
    findings: Sequence[str]


def verify(places: Places, sinks: Sequence[Sink]) -> Verdict:
    """Count until the accounts close: while records arrive and files go, two looks do not see the same."""
    accounts = _count(places, sinks)
    for _ in range(_TRIES):
        if all(account.closes for account in accounts):
            break
        time.sleep(_PAUSE)
        accounts = _count(places, sinks)
    findings = [_words(account) for account in accounts if not account.closes]
    if any(isinstance(sink, CursorKeeping) for sink in sinks):
        findings += _database(places)
    return Verdict(accounts, findings)


def accept(places: Places, sinks: Sequence[Sink]) -> Mapping[str, int]:
    """Take note of what does not add up, so that it is said no more; return how many rows of which sinks."""
    looks: list[dict[str, int]] = []
    for _ in range(_TRIES):
        looks.append({account.sink: account.missing for account in _count(places, sinks)})
        if looks[-_ALIKE:] == [looks[-1]] * _ALIKE:
            found = {sink: rows for sink, rows in looks[-1].items() if rows}
            if found:
                accepted.accept(places.accepted, found)
            return found
        time.sleep(_PAUSE)
    raise LogStateError(
        "too much arrives to tell what is missing for good; stop the service, and accept it then"
    )


def _count(places: Places, sinks: Sequence[Sink]) -> list[Account]:
    return audit(places, {sink.name: _cursors(places, sink) for sink in sinks})


def _cursors(places: Places, sink: Sink) -> Mapping[str, Cursor]:
    if not isinstance(sink, CursorKeeping):
        return CursorFile(places.cursor(sink.name)).load()
    from hookline.predlog.sinks.sqlite.cursors import load  # noqa: PLC0415 - only if it is used
    from hookline.predlog.sinks.sqlite.database import read_only  # noqa: PLC0415 - as above

    if places.database.exists():
        # One that is damaged, or has no tables yet, is not a reason to stop: it is what is to be found.
        with suppress(sqlite3.DatabaseError), closing(read_only(places.database)) as connection:
            return load(connection)
    return {}


def _words(account: Account) -> str:
    if account.missing > 0:
        return (
            f"{account.sink}: {counted(account.missing, 'record')} missing: appended, and neither delivered "
            f"nor waiting; the disk lost power or files of the journal were deleted; {_REMEDY}"
        )
    return (
        f"{account.sink}: {counted(-account.missing, 'record')} more than were appended; the disk lost power "
        f"after they were delivered, or files of the journal were deleted; {_REMEDY}"
    )


def _database(places: Places) -> list[str]:
    from hookline.predlog.sinks.sqlite.database import aside, damage  # noqa: PLC0415 - as above

    found = [f"{places.database} is damaged: {words}" for words in damage(places.database)]
    return found + [
        f"{path} was damaged and moved aside; `sqlite3 {path} .recover` shows what can be saved, "
        "and this is said until the file is gone"
        for path in aside(places.database)
    ]
