"""One person's records, removed everywhere here; and words on what is elsewhere."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from hookline.config import Settings
from hookline.errors import LogUnreadableError, NoLogError
from hookline.predlog.erase.overwrite import Person, erase_journal, erase_letters
from hookline.predlog.erase.rows import Requests, Rows, erase_rows, predictions_of
from hookline.predlog.erase.underway import wait_for_batches
from hookline.predlog.places import Places
from hookline.predlog.query.database import reading
from hookline.predlog.shipper.lock import Lock
from hookline.predlog.sinks import SinkUnavailable, make_sinks
from hookline.predlog.sinks.sqlite.database import aside
from hookline.words import counted

__all__ = ["Erased", "erase"]

_PATIENCE = 30.0
_POLL = 0.1


@runtime_checkable
class Erasing(Protocol):
    """Be a sink that can remove a person's records by itself."""

    name: str

    def erase(self, name: str) -> int:
        """Remove the records of the ID `name`; return how many."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Say what was removed, and what is left to do elsewhere."""

    journal: int
    dead_letters: int
    predictions: int
    truths: int
    sinks: Mapping[str, int]
    elsewhere: tuple[str, ...]

    def lines(self) -> list[str]:
        """Say it for people."""
        return [
            f"database:     {counted(self.predictions, 'prediction')} and {counted(self.truths, 'truth')}",
            f"journal:      {counted(self.journal, 'record')} overwritten",
            f"dead letters: {counted(self.dead_letters, 'record')} overwritten",
            *(f"{f'{sink}:':13} {counted(count, 'record')} removed" for sink, count in self.sinks.items()),
            *(f"still to do:  {words}" for words in self.elsewhere),
        ]

    def as_json(self) -> dict[str, Any]:
        """Say it for machines."""
        return asdict(self)


def erase(settings: Settings, root: Path, caller: str, *, patience: float = _PATIENCE) -> Erased:
    """Remove everything that is kept of `caller`, the person's ID."""
    places = Places.of(settings, root)
    person = Person(caller, _known(places.database, caller))
    # The journal first: what is overwritten is not shipped any more. What was read before that must have
    # arrived where it was going, for only what is there can be removed.
    journal = erase_journal(places.journal, person)
    behind = wait_for_batches(places, patience)
    letters = erase_letters(places.dead_letters("any").parent, person)
    rows = _rows(places, caller, patience) if places.database.exists() else Rows()
    sinks, left = _remote(settings, root, caller)
    elsewhere = (
        *_left(journal.left),
        *map(_late, behind),
        *left,
        *map(_damaged, aside(places.database)),
        *_elsewhere(settings, caller),
    )
    return Erased(journal.records, letters, rows.predictions, rows.truths, sinks, elsewhere)


def _known(database: Path, caller: str) -> set[str]:
    with contextlib.suppress(NoLogError), reading(database) as connection:
        return predictions_of(connection, caller)
    return set()


def _rows(places: Places, caller: str, patience: float) -> Rows:
    """Remove rows as the only writer; while a shipper is that, have it do so."""
    lock = Lock.take(places.lock)
    if lock is None:
        return _asked(places, caller, patience)
    try:
        with contextlib.closing(sqlite3.connect(places.database, timeout=5, isolation_level=None)) as writer:
            Requests.beside(places.database).serve(writer)
            return erase_rows(writer, caller)
    finally:
        lock.release()


def _asked(places: Places, caller: str, patience: float) -> Rows:
    answer = Requests.beside(places.database).ask(caller)
    end = time.monotonic() + patience
    while not answer.exists():
        if time.monotonic() > end:
            raise LogUnreadableError(
                "the running shipper has not answered yet; it removes the rows from the database as soon as "
                "it can; `hookline logs erase` with the same ID says whether any are left"
            )
        time.sleep(_POLL)
    rows = Rows(**json.loads(answer.read_bytes()))
    answer.unlink()
    return rows


def _remote(settings: Settings, root: Path, caller: str) -> tuple[dict[str, int], list[str]]:
    """Have the sinks that can do so remove the records they hold."""
    done, left = {}, []
    for sink in make_sinks(settings, root):
        with contextlib.closing(sink):
            if isinstance(sink, Erasing):
                try:
                    done[sink.name] = sink.erase(caller)
                except SinkUnavailable as error:
                    left.append(f"{sink.name}: {error}; ask again when it is there")
    return done, left


def _left(lines: int) -> Iterator[str]:
    if lines:
        yield (
            f"journal: {counted(lines, 'line')} with this ID could not be overwritten; shipped, or among the "
            "dead letters if it is no record, it is found: ask again in a minute, until this is said no more"
        )


def _late(sink: str) -> str:
    return (
        f"{sink}: records that were on their way when this began may arrive after it; ask again in a "
        "minute, until this is said no more"
    )


def _damaged(path: Path) -> str:
    return f"{path}: a damaged database that was moved aside, which may hold records still; remove the file"


def _elsewhere(settings: Settings, caller: str) -> list[str]:
    words = []
    if settings.prediction_log.enable_fluentd_logging:
        query = json.dumps({"query": {"term": {"id": caller}}}, ensure_ascii=False)
        words.append(
            f"Elasticsearch behind Fluentd: POST /fluentd-*/_delete_by_query with the body {query}; truths of"
            " these predictions are found by prediction_id; Fluentd's own buffer files may hold records"
        )
    return [*words, "backups of the database, and copies that were exported"]
