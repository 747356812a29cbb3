"""What turned out to be true, as people tell it → records of the journal, or what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hookline.ids import new_ids
from hookline.predlog.encode.clock import Clock
from hookline.words import closest

__all__ = ["LARGEST_ACTUAL", "LARGEST_ID", "Facts", "Flaw", "Told", "actual_of", "flaws", "records", "told"]

_PREDICTION = re.compile(r"[0-9A-Za-z-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST_ID = 256
_LONGEST_CLASS = 1_000
LARGEST_ID = 2**53
"""Larger numbers are not exact everywhere."""
LARGEST_ACTUAL = 1e308


@dataclass(frozen=True, slots=True)
class Facts:
    """Say what the model answers, and what the caller's ID of a row is called."""

    task: str
    classes: tuple[str, ...] = ()
    id_name: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that feedback may have."""
        return ("prediction_id", *([self.id_name] if self.id_name else []), "actual")


class Told(NamedTuple):
    """One truth: of a prediction, or of everything that was predicted of an ID."""

    prediction_id: str | None
    id: str | None
    actual: Any


class Flaw(NamedTuple):
    """One thing wrong: in which row and field, which rule, and what the rule says."""

    row: int
    field: str
    code: str
    detail: str


def flaws(rows: Sequence[Any], facts: Facts) -> Iterator[Flaw]:
    """Go through everything that is wrong with rows of feedback."""
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            yield Flaw(number, "", "row", f"A row is an object with {_names(facts)}.")
            continue
        for field in row:
            if field not in facts.fields:
                like = closest(field[:64], facts.fields)
                hint = f"did you mean {like}?" if like else "leave it out."
                yield Flaw(number, field, "unknown_field", f"Unknown field; {hint}")
        yield from _name_flaws(number, row, facts)
        if "actual" not in row:
            yield Flaw(number, "actual", "missing", "This field is required.")
        elif words := _actual_flaw(row["actual"], facts):
            yield Flaw(number, "actual", "actual", words)


def told(rows: Sequence[Mapping[str, Any]], facts: Facts) -> list[Told]:
    """Return the truths of rows that have no flaw."""
    found = []
    for row in rows:
        caller = row.get(facts.id_name) if facts.id_name else None
        name = None if caller is None else _name(caller)
        found.append(Told(row.get("prediction_id"), name, actual_of(row["actual"], facts)))
    return found


def records(truths: Sequence[Told], request_id: str) -> tuple[list[str], bytes]:
    """Return the ids of new records, and their lines."""
    names, at = new_ids(len(truths)), Clock()()
    lines = [
        json.dumps(
            {
                "kind": "truth",
                "truth_id": name,
                "at": at,
                "prediction_id": one.prediction_id,
                "id": one.id,
                "actual": one.actual,
                "request_id": request_id,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for name, one in zip(names, truths, strict=True)
    ]
    return names, "".join(f"{line}\n" for line in lines).encode()


def actual_of(value: Any, facts: Facts) -> Any:
    """Write a truth as answers are written: the class's name, or the number."""
    if facts.task == "regression":
        return float(value)
    if isinstance(value, str):
        return value
    # 1, 1.0 and true may be the classes "1", "1.0" and "True".
    spellings = [str(value), json.dumps(value)]
    if not isinstance(value, bool):
        spellings += [str(float(value)), *([str(int(value))] if float(value).is_integer() else [])]
    return next((one for one in spellings if one in facts.classes), spellings[1])


def _name_flaws(number: int, row: Mapping[str, Any], facts: Facts) -> Iterator[Flaw]:
    given = [field for field in facts.fields[:-1] if row.get(field) is not None]
    if len(given) != 1:
        how = "either" if given else "one of"
        yield Flaw(number, "", "name", f"Name {how} {' or '.join(facts.fields[:-1])}.")
        return
    value = row[given[0]]
    if given[0] == "prediction_id":
        if not (isinstance(value, str) and _PREDICTION.fullmatch(value)):
            yield Flaw(number, given[0], "prediction_id", "Expected the prediction_id of an answer.")
    elif not _is_id(value):
        words = (
            f"Expected text of 1 to {_LONGEST_ID} characters without control characters, or a whole number."
        )
        yield Flaw(number, given[0], "id", words)


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_ID and not _CONTROL.search(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST_ID and int(value) == value


def _name(value: str | float) -> str:
    # 41 and 41.0 are one number, to predictions too.
    return value if isinstance(value, str) else str(int(value))


def _actual_flaw(value: Any, facts: Facts) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if facts.task == "regression":
        if number and abs(value) < LARGEST_ACTUAL and math.isfinite(value):
            return None
        return "Expected a finite number."
    if number:
        return None if abs(value) < LARGEST_ACTUAL else "Expected the name of a class."
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_CLASS:
        return None
    return f"Expected the name of a class, of 1 to {_LONGEST_CLASS} characters."


def _names(facts: Facts) -> str:
    return f"{' or '.join(facts.fields[:-1])}, and actual"
