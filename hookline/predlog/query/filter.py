"""Which predictions somebody wants to see."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, tzinfo
from typing import NamedTuple

from hookline.errors import LogQueryError
from hookline.predlog.query.times import read_time, text_of
from hookline.words import closest, listed

__all__ = ["Condition", "Drive", "Filter", "read_filter"]

_LONGEST = 512
_LIKE = "body LIKE ? ESCAPE '\\'"
_INDEXES = (
    ("id", "prediction_caller_id"),
    ("class_name", "prediction_class"),
    ("model_version", "prediction_version"),
)
_ESCAPED = re.compile(r"([\\%_])")


class Condition(NamedTuple):
    """A piece of SQL, and the values for its marks."""

    sql: str
    values: tuple[object, ...]


class Drive(NamedTuple):
    """The index that a search goes along, newest first, and the condition that the index itself answers."""

    along: str
    where: Condition


@dataclass(frozen=True, slots=True)
class Filter:
    """Name what a prediction must have; None asks for nothing. Times: from `since` on, before `until`."""

    since: int | None = None
    until: int | None = None
    model_version: str | None = None
    class_name: str | None = None
    id: str | None = None
    prediction_id: str | None = None
    flag: str | None = None
    text: str | None = None

    def words(self) -> dict[str, str]:
        """Return what is asked for as the words that `read_filter` reads."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: text_of(value) if isinstance(value, int) else value
            for name, value in given.items()
            if value is not None
        }

    def drives(self) -> list[Drive]:
        """List the indexes that a search may go along, the one with the fewest rows first."""
        found = []
        for column, index in _INDEXES:
            value = getattr(self, column)
            if value is not None:
                found.append(Drive(index, Condition(f"{column} = ?", (value,))))
        if self.flag is not None:
            found.append(Drive("prediction_flags", Condition("flags IS NOT NULL", ())))
        return found or [Drive("prediction_at", Condition("1", ()))]

    def drive(self) -> Drive:
        """Choose the index to go along."""
        return self.drives()[0]

    def rest(self) -> list[Condition]:
        """Return the conditions that the index of `drive` does not answer."""
        driven = self.drive().where.sql
        found = []
        for column in ("id", "class_name", "model_version", "prediction_id"):
            value = getattr(self, column)
            if value is not None and f"{column} = ?" != driven:
                # The + keeps SQLite from taking another index than ours.
                found.append(Condition(f"+{column} = ?", (value,)))
        if self.flag is not None:
            # `unknown` finds unknown:plan too.
            found.append(
                Condition("(instr(flags, ?) OR instr(flags, ?))", (f" {self.flag} ", f" {self.flag}:"))
            )
        if self.text is not None:
            # As it is, or as it stands within a value, where JSON writes quotes and the like in its own way.
            written = json.dumps(self.text, ensure_ascii=False)[1:-1]
            ways = dict.fromkeys(map(_pattern, (self.text, written)))
            found.append(Condition(f"({' OR '.join([_LIKE] * len(ways))})", tuple(ways)))
        return found


def read_filter(words: Mapping[str, str], now: int, zone: tzinfo = UTC) -> Filter:
    """Make a filter of words as they come from an address or a command line; empty ones ask for nothing."""
    known = [field.name for field in fields(Filter)]
    given: dict[str, str | int] = {}
    for name, value in words.items():
        if name not in known:
            like = closest(name, known)
            guess = f"; did you mean {like}?" if like else f"; there are {listed(known, len(known))}"
            raise LogQueryError(f"there is no filter of that name{guess}")
        if not value:
            continue
        if len(value) > _LONGEST:
            raise LogQueryError(f"{name} is longer than {_LONGEST} characters; shorten it")
        if "\0" in value:
            raise LogQueryError(f"{name} holds a null character; leave it out")
        given[name] = read_time(name, value, now, zone) if name in ("since", "until") else value
    return Filter(**given)  # type: ignore[arg-type]  # times are numbers by now


def _pattern(text: str) -> str:
    return "%" + _ESCAPED.sub(r"\\\1", text) + "%"
