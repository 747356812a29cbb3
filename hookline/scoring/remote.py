"""Answer a few rows by a service that runs somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from pydantic_core import from_json, to_json

from hookline.client.transport import ProblemError, Transport
from hookline.errors import ScoringError
from hookline.scoring.predict import RefusedError
from hookline.service.problems import Fault

__all__ = ["predict_remotely"]

_ROWS = 1000
_BYTES = 512 * 1024
"""A request this small is welcome wherever limits were left as they are."""


def predict_remotely(
    url: str, body: bytes, *, key: str | None = None, proba: bool = False
) -> list[dict[str, Any]]:
    """Ask the service at `url`, a part of the rows at a time; all are answered, or none if one is refused."""
    path = "/api/proba_predictions" if proba else "/api/predictions"
    answers: list[dict[str, Any]] = []
    try:
        opened = Transport(url, key=key)
    except ValueError as error:
        raise ScoringError(str(error)) from error
    try:
        with opened as transport:
            for part in _parts(body):
                try:
                    answers += transport.post(path, part).body
                except ProblemError as error:
                    raise _refused(error, first_row=len(answers)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise ScoringError(f"no service answers at {url}: {error}; check the address") from error
    return [{"row": number, **answer} for number, answer in enumerate(answers)]


def _parts(body: bytes) -> Iterator[bytes]:
    rows = _rows(body)
    if rows is None or (len(rows) <= _ROWS and len(body) <= _BYTES):
        yield body
        return
    width = max(1, min(_ROWS, _BYTES * len(rows) // len(body)))
    for start in range(0, len(rows), width):
        yield to_json(rows[start : start + width])


def _rows(body: bytes) -> Sequence[Any] | None:
    """Return the rows; None where the body is so wrong that the service had better say how."""
    try:
        rows = from_json(body)
    except ValueError:
        return None
    return rows if isinstance(rows, list) else None


def _refused(error: ProblemError, *, first_row: int) -> ScoringError:
    if not error.errors:
        remedy = "give a valid one with --key or HOOKLINE_API_KEY"
        words = remedy if error.status == HTTPStatus.UNAUTHORIZED else error.detail
        return ScoringError(f"the service answers {error.status} {error.title}: {words}")
    faults = [Fault(_moved(one.pointer, first_row), one.code, one.detail) for one in error.errors]
    return RefusedError(error.detail, faults)


def _moved(pointer: str, first_row: int) -> str:
    _, row, *rest = pointer.split("/") if pointer else ("", "")
    return "/".join(["", str(int(row) + first_row), *rest]) if row.isdigit() else pointer
