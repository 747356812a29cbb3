"""What the JSON parser alone does not tell apart: half characters, and numbers beyond all measure."""

from __future__ import annotations

import json
import re
from typing import Any

from hookline.service.problems import MOST_FAULTS, Fault, Problem, pointer

__all__ = ["LONGEST_NUMBER", "require_sane_numbers", "syntax_problem"]

LONGEST_NUMBER = 4300
"""Most digits of a number, as Python has it for whole ones."""

_HALF = re.compile("[\ud800-\udfff]")
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_STRIDE = 16


class _TooLongError(Exception):
    pass


def syntax_problem(body: bytes, message: str) -> Problem:
    """Say why the parser refuses `body`: it is not JSON, or it is and holds half a character."""
    faults = _half_characters(body) if b"\\u" in body else []
    if faults:
        return Problem("invalid", detail=faults[0].detail, faults=faults)
    return Problem("malformed", detail=f"The body is not JSON: {message}.")


def require_sane_numbers(body: bytes) -> None:
    """Refuse a number of absurd length, which the parser would round without a word."""
    if len(body) <= LONGEST_NUMBER or not _has_run(body[::_STRIDE], LONGEST_NUMBER // _STRIDE):
        return
    # A run of digits that long stands in every stride; whether it is a number, only a parser can tell.
    if _has_run(body, LONGEST_NUMBER + 1) and _has_long_number(body):
        raise Problem("malformed", detail=f"A number has more than {LONGEST_NUMBER} digits.")


def _has_run(text: bytes, length: int) -> bool:
    return b"0" * length in text.translate(_DIGITS_ALIKE)


def _has_long_number(body: bytes) -> bool:
    def measure(number: str) -> None:
        if len(number) > LONGEST_NUMBER:
            raise _TooLongError

    try:
        _load(body, parse_int=measure, parse_float=measure)
    except _TooLongError:
        return True
    return False


def _half_characters(body: bytes) -> list[Fault]:
    """Point at the fields that hold half a character; at none if that is not all that is wrong."""
    rows = _load(body)
    if not _is_half(rows):
        return []
    faults = []
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        fields = row.items() if isinstance(row, dict) else []
        broken = [pointer(number, name) for name, value in fields if _is_half([name, value])]
        faults += [_half_fault(place) for place in broken[:MOST_FAULTS]]
        if len(faults) >= MOST_FAULTS:
            break
    return faults or [_half_fault("")]


def _half_fault(place: str) -> Fault:
    return Fault(place, "half_character", "Half of a surrogate pair is no character; send whole ones.")


def _is_half(value: Any) -> bool:
    try:
        return _HALF.search(json.dumps(value, ensure_ascii=False)) is not None
    except RecursionError:
        return False


def _load(body: bytes, **options: Any) -> Any:
    try:
        return json.loads(body.decode(), **options)
    except (ValueError, RecursionError):
        return None
