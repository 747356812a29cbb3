"""A sheet: the records of rows that were answered together, column by column in one line of the journal.

What the rows share stands there once, and a column is written by one call; a line for each row costs more.
Behind the line stand empty ones, so that a sheet of `n` rows has `n` lines: row `k` begins where its line
does. Counting lines counts records, and a place between two rows is a place in the file, as everywhere else.
Sinks never see a sheet: who reads the journal makes records of it again, with `expanded`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from pydantic_core import to_json

from hookline.predlog.record import ERASED

__all__ = ["NOT_A_SHEET", "SHEET", "Expanded", "Request", "blanked", "expanded", "sheet_line"]

SHEET = "sheet"
"""The kind of the line."""
NOT_A_SHEET = LookupError, TypeError, ValueError, AttributeError
"""What is raised by a line that says it is a sheet, and is none."""

Request: TypeAlias = tuple[str, str, float, int, int]
"""A request's id, its door and milliseconds, the number of its first row here, and how many there are."""

_GONE = 0
"""What stands in every column for a row that was erased: shorter than no value."""
_COLUMNS = ("ids", "names", "features", "flags", "labels", "order", "shares", "values")
_SPACE = " ,"


class Expanded(NamedTuple):
    """Be one record of a sheet, and the line it would have had alone."""

    record: Mapping[str, Any]
    line: bytes


def sheet_line(
    head: Mapping[str, Any],
    requests: Sequence[Request],
    columns: Mapping[str, Sequence[Any]],
    classes: Sequence[str],
) -> bytes:
    """Write a sheet of the rows of some requests, with its empty lines."""
    content = {"kind": SHEET, "head": head, "requests": requests, "classes": classes, **columns}
    return to_json(content, inf_nan_mode="null") + b"\n" * len(columns["ids"])


def expanded(sheet: Mapping[str, Any], start: int, stop: int) -> Iterator[Expanded]:
    """Make records of rows; raise one of `NOT_A_SHEET` if this is none that has them."""
    head, ids, features, said = sheet["head"], sheet["ids"], sheet["features"], _said(sheet)
    names, flags = sheet.get("names"), sheet.get("flags")
    asked = [
        (request_id, door, ms, number)
        for request_id, door, ms, first, count in sheet["requests"]
        for number in range(first, first + count)
    ]
    for row in range(start, stop):
        if ids[row] == _GONE:
            gone = {"kind": ERASED}
            yield Expanded(gone, to_json(gone))
            continue
        request_id, door, ms, number = asked[row]
        record: dict[str, Any] = {
            "kind": "prediction",
            "prediction_id": ids[row],
            "request_id": request_id,
            "row": number,
            **head,
            "door": door,
            "id": names[row] if names else None,
            "features": features[row],
        }
        said(row, record)
        if flags and flags[row]:
            record["flags"] = flags[row]
        line = b'%b,"ms":%.3f}' % (to_json(record)[:-1], ms)
        record["ms"] = ms
        yield Expanded(record, line)


def blanked(line: bytes, rows: Collection[int]) -> bytes:
    """Return the line of a sheet without these rows, as long as before and the same everywhere else."""
    text = line.decode()
    # Within a text the quotes of a column's name would have backslashes, and no feature is a list.
    begins = [found.end() for column in _COLUMNS if (found := re.search(f'"{column}":\\[', text))]
    pieces: list[str] = []
    done = 0
    for start, stop in sorted(place for begin in begins for place in _elements(text, begin, rows)):
        pieces += text[done:start], str(_GONE).ljust(len(text[start:stop].encode()))
        done = stop
    return "".join([*pieces, text[done:]]).encode()


def _elements(text: str, place: int, rows: Collection[int]) -> Iterator[tuple[int, int]]:
    """Go through the places of some values of a list that begins at `place`."""
    decode = json.JSONDecoder().raw_decode
    for row in range(max(rows, default=-1) + 1):
        while text[place] in _SPACE:
            place += 1
        _, end = decode(text, place)
        if row in rows:
            yield place, end
        place = end


def _said(sheet: Mapping[str, Any]) -> Any:
    """Return a function that puts what was said to a row into its record; see `encode.outcome`."""
    if "values" in sheet:
        values = sheet["values"]

        def valued(row: int, record: dict[str, Any]) -> None:
            record["value"] = values[row]

        return valued
    classes, labels = sheet["classes"], sheet["labels"]
    shares, order = sheet.get("shares"), sheet.get("order")

    def classified(row: int, record: dict[str, Any]) -> None:
        record["class_name"] = classes[labels[row]]
        if shares is not None:
            names = classes if order is None else [classes[place] for place in order[row]]
            ranked = sorted(zip(names, shares[row], strict=True), key=lambda pair: pair[1], reverse=True)
            record["probabilities"] = dict(ranked)

    return classified
