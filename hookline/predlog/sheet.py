"""A sheet: the records of rows that were answered together, column by column in one line of the journal.

What the rows share stands there once, and a column is written by one call; a line for each row costs more.
Behind the line stand empty ones, so that a sheet of `n` rows has `n` lines: row `k` begins where its line
does. Counting lines counts records, and a place between two rows is a place in the file, as everywhere else.
Sinks never see a sheet: who reads the journal makes records of it again, with `expanded`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from pydantic_core import to_json

from hookline.predlog.record import ERASED

__all__ = [
    "NOT_A_SHEET",
    "SHEET",
    "Columns",
    "Expanded",
    "Request",
    "Span",
    "blanked",
    "expanded",
    "sheet_line",
    "with_spans",
]

SHEET = "sheet"
"""The kind of the line."""
NOT_A_SHEET = LookupError, TypeError, ValueError, AttributeError, RecursionError
"""What is raised by a line that says it is a sheet, and is none."""

Request: TypeAlias = tuple[str, str, float, int, int]
"""A request's id, its door and milliseconds, the number of its first row here, and how many there are."""

Column: TypeAlias = Literal["ids", "features", "flags", "labels", "order", "shares", "values", "names"]
"""A list with a place for each row. They stand in this order, and are erased in it: by its id a row is erased
for everybody, and as long as there is a name it is known whose row that was, should it not be finished."""
Columns: TypeAlias = dict[Column, Sequence[Any]]

Span: TypeAlias = tuple[int, bytes]
"""Bytes, and the place in a line at which they are to be."""

_COLUMNS: Sequence[Column] = get_args(Column)
_GONE = 0
"""What stands in every column for a row that was erased: shorter than no value."""
_SPACE = " \t\r,"


class Expanded(NamedTuple):
    """Be a record of a sheet and the line it would have had alone, or what there is of a row that is none."""

    record: Mapping[str, Any] | None
    line: bytes


def sheet_line(
    head: Mapping[str, Any], requests: Sequence[Request], columns: Columns, classes: Sequence[str]
) -> bytes:
    """Write a sheet of the rows of some requests, with its empty lines."""
    ordered: dict[str, Any] = {name: columns[name] for name in _COLUMNS if name in columns}
    content = {"kind": SHEET, "head": head, "requests": requests, "classes": classes, **ordered}
    return to_json(content, inf_nan_mode="null") + b"\n" * len(columns["ids"])


def expanded(sheet: Mapping[str, Any], start: int, stop: int) -> Iterator[Expanded]:
    """Make records of rows, one when it is asked for; raise one of `NOT_A_SHEET` if this is none."""
    head, ids, features, said = dict(sheet["head"]), sheet["ids"], sheet["features"], _said(sheet)
    names, flags = sheet.get("names"), sheet.get("flags")
    asked = [
        (request_id, door, ms, number)
        for request_id, door, ms, first, count in sheet["requests"]
        for number in range(first, first + count)
    ]

    def row_of(row: int) -> Expanded:
        name = names[row] if names else None
        # A row that is being erased in this moment has an id still, and no features.
        if ids[row] == _GONE or features[row] == _GONE:
            return Expanded({"kind": ERASED, "id": name}, to_json({"kind": ERASED}))
        request_id, door, ms, number = asked[row]
        record: dict[str, Any] = {
            "kind": "prediction",
            "prediction_id": ids[row],
            "request_id": request_id,
            "row": number,
            **head,
            "door": door,
            "id": name,
            "features": features[row],
        }
        said(row, record)
        if flags and flags[row]:
            record["flags"] = flags[row]
        line = b'%b,"ms":%.3f}' % (to_json(record)[:-1], ms)
        record["ms"] = round(ms, 3)
        return Expanded(record, line)

    for row in range(start, min(stop, len(ids))):
        try:
            found = row_of(row)
        except NOT_A_SHEET:
            found = Expanded(None, _rest(sheet, row))
        yield found


def blanked(line: bytes, rows: Collection[int]) -> Sequence[Span]:
    """Return what makes a line one without these rows: nothing moves, and no byte of another row is in it.

    Raise one of `NOT_A_SHEET` if anything of them would be left.
    """
    text = line.decode()
    # Within a text the quotes of a column's name would have backslashes, and no feature is a list.
    begins = [found.end() for column in _COLUMNS if (found := re.search(rf'"{column}"\s*:\s*\[', text))]
    spans: list[Span] = []
    offset = done = 0
    for start, stop in sorted(place for begin in begins for place in _elements(text, begin, rows)):
        offset += len(text[done:start].encode())
        spans.append((offset, str(_GONE).encode().ljust(len(text[start:stop].encode()))))
        offset, done = offset + len(spans[-1][1]), stop
    after = json.loads(with_spans(line, spans))
    if any(after[column][row] != _GONE for column in _COLUMNS if after.get(column) for row in rows):
        raise ValueError("a row of the sheet stands where it is not looked for")
    return spans


def with_spans(line: bytes, spans: Sequence[Span]) -> bytes:
    """Return a line as it is when these were written."""
    changed = bytearray(line)
    for offset, data in spans:
        changed[offset : offset + len(data)] = data
    return bytes(changed)


def _elements(text: str, place: int, rows: Collection[int]) -> Iterator[tuple[int, int]]:
    """Go through the places of some values of a list that begins at `place`."""
    decode = json.JSONDecoder().raw_decode
    for row in range(max(rows, default=-1) + 1):
        while text[place] in _SPACE:
            place += 1
        if text[place] == "]":
            return
        _, end = decode(text, place)
        if row in rows:
            yield place, end
        place = end


def _rest(sheet: Mapping[str, Any], row: int) -> bytes:
    """Return what there is of a row that is no record: it is not to be lost."""
    columns = {name: sheet[name][row : row + 1] for name in _COLUMNS if isinstance(sheet.get(name), list)}
    text = json.dumps({"kind": SHEET, "row": row, **columns}, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace")


def _said(sheet: Mapping[str, Any]) -> Callable[[int, dict[str, Any]], None]:
    """Return a function that puts what was said to a row into its record, as `encode.outcome` does."""
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
