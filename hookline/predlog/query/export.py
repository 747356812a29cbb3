"""Every prediction that matches, as text: JSON lines as they are, or CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from hookline.predlog.query.filter import Filter
from hookline.predlog.query.names import distinct
from hookline.predlog.query.page import Entry, newest_page
from hookline.predlog.query.walk import Place

__all__ = ["Exporter", "TextFormat", "columns_of", "flat", "harmless", "written"]

FIXED = (
    "prediction_id",
    "at",
    "request_id",
    "row",
    "model_id",
    "model_version",
    "model_created",
    "door",
    "id",
)
ANSWER = ("class_name", "probability", "value", "flags", "ms", "actual")
_FEATURE = "feature."
_PORTION = 1_000
_EXAMPLES = 20
_VERSIONS = 200
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class TextFormat(Enum):
    """Name how records are written."""

    CSV = "csv"
    JSONL = "jsonl"


class Exporter:
    """Write a log in pieces, newest first, each read by a connection of its own: none is open for long."""

    def __init__(self, wanted: Filter, form: TextFormat) -> None:
        self._wanted = wanted
        self._form = form
        self._columns: Sequence[str] = ()
        self._before: Place | None = None
        self._over = False
        self.count = 0

    def first(self, connection: sqlite3.Connection) -> str:
        """Return the beginning."""
        head = ""
        if self._form is TextFormat.CSV:
            self._columns = columns_of(connection)
            head = _csv([self._columns])
        return head + (self.more(connection) or "")

    def more(self, connection: sqlite3.Connection) -> str | None:
        """Return the next piece, which may be empty; None when there is no more."""
        if self._over:
            return None
        page = newest_page(connection, self._wanted, before=self._before, most=_PORTION)
        self._before, self._over = page.next, page.next is None
        self.count += len(page.entries)
        if self._form is TextFormat.JSONL:
            return "".join(f"{written(entry)}\n" for entry in page.entries)
        return _csv(_cells(entry, self._columns) for entry in page.entries)


def written(entry: Entry) -> str:
    """Return the record's line as it stands in the journal; a truth that is known is added at its end."""
    if entry.truth is None:
        return entry.line
    return f'{entry.line[:-1]},"actual":{json.dumps(entry.truth.actual, ensure_ascii=False)}}}'


def columns_of(connection: sqlite3.Connection) -> list[str]:
    """Return the columns of a table; the features are those of some records of each version."""
    features: dict[str, None] = {}
    for version in distinct(connection, "model_version", _VERSIONS):
        found = connection.execute(
            "SELECT body FROM prediction WHERE model_version = ? ORDER BY at DESC LIMIT ?",
            (version, _EXAMPLES),
        )
        for (line,) in found:
            features |= dict.fromkeys(json.loads(line).get("features", {}))
    return [*FIXED, *ANSWER, *(f"{_FEATURE}{name}" for name in features), "more"]


def flat(entry: Entry, columns: Sequence[str]) -> dict[str, Any]:
    """Return a record as cells by column; features without a column of their own are in the last, as JSON."""
    record = entry.record
    label = record.get("class_name")
    cells = {name: record.get(name) for name in FIXED + ANSWER}
    cells["probability"] = (record.get("probabilities") or {}).get(label)
    cells["flags"] = " ".join(record.get("flags") or ()) or None
    cells["actual"] = None if entry.truth is None else entry.truth.actual
    known = set(columns)
    rest = {}
    for name, value in record.get("features", {}).items():
        if f"{_FEATURE}{name}" in known:
            cells[f"{_FEATURE}{name}"] = value
        else:
            rest[name] = value
    cells["more"] = json.dumps(rest, ensure_ascii=False) if rest else None
    return cells


def harmless(value: Any) -> Any:
    """Keep a spreadsheet from reading text as a formula: an apostrophe goes before it."""
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return f"'{value}"
    if isinstance(value, bool):
        return str(value).lower()
    return value


def _cells(entry: Entry, columns: Sequence[str]) -> list[Any]:
    cells = flat(entry, columns)
    return [harmless(cells.get(name)) for name in columns]


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
