"""Truths in a file → the project's own journal, or a service elsewhere."""

from __future__ import annotations

import contextlib
import csv
import io
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from hookline.client.transport import ProblemError, Transport
from hookline.errors import DataError, NoLogError, NoModelError, ScoringError
from hookline.models.store import ModelStore
from hookline.predlog.feedback import Facts, Flaw, flaws, records, told
from hookline.predlog.journal.writer import Journal
from hookline.predlog.query.database import database_of, reading
from hookline.predlog.query.truths import matched
from hookline.project import Project

__all__ = ["tell_here", "tell_there"]

_ROWS = 1_000
_MOST_SHOWN = 20


def tell_here(project: Project, file: Path) -> dict[str, Any]:
    """Put the truths of a file into the project's journal; the shipper brings them on."""
    log = project.settings.prediction_log
    if not log.enabled:
        raise NoLogError("prediction_log.enabled is false, so feedback has nowhere to go; set it to true")
    truths = told(_rows(project, file), _facts(project))
    _, lines = records(truths, "feedback")
    journal = Journal.of(project.settings, project.root)
    try:
        journal.append(lines, len(truths))
    finally:
        journal.close()
    found = None
    if log.embedded:
        try:
            with reading(database_of(project.settings, project.root)) as connection:
                found = sum(matched(connection, truths))
        except NoLogError:
            found = 0
    return {"accepted": len(truths), "matched": found}


def tell_there(project: Project, file: Path, url: str, key: str | None) -> dict[str, Any]:
    """Send the truths of a file to the service at `url`, a part at a time."""
    rows = _rows(project, file)
    accepted, known = 0, 0
    try:
        with Transport(url, key=key) as transport:
            for start in range(0, len(rows), _ROWS):
                answer = transport.post("/api/feedback", to_json(rows[start : start + _ROWS])).body
                accepted += answer["accepted"]
                known += answer["matched"] or 0
    except ProblemError as error:
        raise ScoringError(f"{error}\nthe {accepted:,} rows before were taken") from error
    except (OSError, HTTPException, ValueError) as error:
        raise ScoringError(f"no service answers at {url}: {error}; check the address") from error
    return {"accepted": accepted, "matched": known}


def _facts(project: Project) -> Facts:
    store = ModelStore(project.model_directory)
    current = store.current()
    if current is None:
        raise NoModelError("no current model says what a truth looks like; `hookline train` makes one")
    manifest = store.manifest(current)
    return Facts(manifest.task, tuple(manifest.classes or ()), project.settings.service.ID_NAME)


def _rows(project: Project, file: Path) -> list[dict[str, Any]]:
    facts = _facts(project)
    rows = _read(file, facts)
    wrong = islice(flaws(rows, facts), _MOST_SHOWN)
    found = [f"row {one.row + 1}{_field(one)}: {one.detail}" for one in wrong]
    if found:
        raise DataError(f"{file} holds what cannot be taken, so nothing of it was:\n" + "\n".join(found))
    if not rows:
        raise DataError(f"{file} has no rows")
    return rows


def _field(flaw: Flaw) -> str:
    return f", {flaw.field}" if flaw.field else ""


def _read(file: Path, facts: Facts) -> list[Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 text; it may be CSV, JSON or JSON lines") from error
    if text.lstrip()[:1] not in ("[", "{"):
        try:
            return [_cells(row, facts) for row in csv.DictReader(io.StringIO(text))]
        except csv.Error as error:
            raise DataError(f"{file} is no CSV: {error}; close every quote") from error
    try:
        if text.lstrip()[0] == "[":
            rows = from_json(text, allow_inf_nan=False)
            return list(rows)
        return [from_json(line, allow_inf_nan=False) for line in text.split("\n") if line.strip()]
    except ValueError as error:
        raise DataError(f"{file} is not JSON: {error}") from error


def _cells(row: dict[str, str], facts: Facts) -> dict[str, Any]:
    """Return a CSV row's cells that feedback may have; files often have more. An empty cell is none."""
    cells: dict[str, Any] = {name: row[name] for name in facts.fields if row.get(name)}
    if facts.task == "regression" and "actual" in cells:
        with contextlib.suppress(ValueError):  # it is said of the row, with what was expected
            cells["actual"] = float(cells["actual"])
    return cells
