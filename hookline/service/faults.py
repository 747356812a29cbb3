"""What is wrong with rows, in words a caller can act on: where, which rule, the nearest allowed value.

A value is never repeated: it may be a secret, or a megabyte long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError

from hookline.contract import Contract, Feature
from hookline.contract.feature import LARGEST_EXACT
from hookline.service.problems import MOST_FAULTS, Fault, Problem, pointer
from hookline.service.rowtype import LONGEST_ID, Row
from hookline.words import closest

__all__ = ["RowInspector"]

_LONGEST_GUESS = 64
"""Looking for a like word takes time by the length of both; this is as long as a person may have typed."""
_MOST_CANDIDATES = 200
_MOST_LISTED = 20

_RULES = {
    "greater_than": "Must be more than {gt}.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than": "Must be less than {lt}.",
    "less_than_equal": "Must be at most {le}.",
    "finite_number": "Must be a finite number.",
    "string_too_short": "Must have at least {min_length} characters.",
    "string_too_long": "Must have at most {max_length} characters.",
    "string_pattern_mismatch": "Must match the pattern {pattern}.",
}
_EXPECTED = {"float": "a number", "int": "a whole number", "bool": "true or false"}
_CAME = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}
_TIME = "Must be an ISO 8601 time such as 2026-01-31T12:00:00Z."
_ID = (
    f"An ID is text of 1 to {LONGEST_ID} characters without control characters, or a whole number "
    f"of at most {LARGEST_EXACT}."
)


class RowInspector:
    """Look at parsed rows one by one, and say what is wrong with the first that are."""

    def __init__(
        self, contract: Contract, validate: Callable[[Row], Any], *, id_name: str, max_rows: int
    ) -> None:
        self._features = {feature.name: feature for feature in contract}
        self._names = [*self._features, *([id_name] if id_name else [])]
        self._validate = validate
        self._max_rows = max_rows

    def problem(self, rows: Any) -> Problem:
        """Return the problem with a parsed body that the reader refused."""
        if not isinstance(rows, list):
            return _problem([Fault("", "list_type", "The body must be a JSON list of rows.")])
        if not rows:
            return _problem([Fault("", "too_short", "The list of rows is empty; send at least one.")])
        if len(rows) > self._max_rows:
            words = f"Too many rows; send at most {self._max_rows} in one request."
            return _problem([Fault("", "too_long", words)])
        faults = (fault for number, row in enumerate(rows) for fault in self._row_faults(number, row))
        return _problem(list(islice(faults, MOST_FAULTS)))

    def _row_faults(self, number: int, row: Any) -> Iterator[Fault]:
        if not isinstance(row, dict):
            yield Fault(pointer(number), "dict_type", "A row must be a JSON object.")
            return
        known = {name: row[name] for name in self._names if name in row}
        try:
            self._validate(known)
        except ValidationError as error:
            seen: set[str] = set()
            for one in error.errors(include_url=False):
                name = str(one["loc"][0])
                if name not in seen:  # a type that is one of several has an error for each
                    seen.add(name)
                    yield Fault(pointer(number, name), *self._rule(name, one))
        if len(known) < len(row):
            for name in row:
                if name not in known:
                    yield Fault(pointer(number, name), "unknown_field", self._unknown(name))

    def _rule(self, name: str, error: Any) -> tuple[str, str]:
        code = str(error["type"])
        if code == "missing":
            return code, "This field is required."
        feature = self._features.get(name)
        if feature is None:
            return "id", _ID
        return _feature_rule(feature, code, error["input"], error.get("ctx", {}))

    def _unknown(self, name: str) -> str:
        like = _like(name, self._names)
        return f"Unknown field; did you mean {like}?" if like else "Unknown field; leave it out."


def _feature_rule(feature: Feature, code: str, value: Any, numbers: dict[str, Any]) -> tuple[str, str]:
    if value is None:
        return "null", "null is not allowed."
    if code in _RULES:
        return code, _RULES[code].format_map({name: _plain(number) for name, number in numbers.items()})
    if feature.type == "datetime" and isinstance(value, str):
        return "datetime", _TIME
    if feature.type == "category" and isinstance(value, str):
        return "category", _choices(feature, value)
    return code, _type(feature, value)


def _plain(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _type(feature: Feature, value: Any) -> str:
    if feature.type == "float" and type(value) is int:
        return _RULES["finite_number"]  # no double is so large
    if feature.type == "int" and isinstance(value, float):
        return "Expected a whole number, got a fraction."
    return f"Expected {_EXPECTED.get(feature.type, 'text')}, got {_CAME[type(value)]}."


def _choices(feature: Feature, value: str) -> str:
    choices = feature.choices or ()
    listed = ", ".join(choices[:_MOST_LISTED])
    more = f" and {len(choices) - _MOST_LISTED} more" if len(choices) > _MOST_LISTED else ""
    # Which choice is like the value tells something of the value.
    like = _like(value, choices) if feature.log == "raw" else None
    return f"Allowed are {listed}{more}.{f' Did you mean {like}?' if like else ''}"


def _like(word: str, known: Iterable[str]) -> str | None:
    if len(word) > _LONGEST_GUESS:
        return None
    alike = (name for name in known if abs(len(name) - len(word)) <= max(3, len(word) // 2))
    return closest(word, list(islice(alike, _MOST_CANDIDATES)))


def _problem(faults: Sequence[Fault]) -> Problem:
    first = faults[0]
    where = first.pointer.split("/", 2)[1:]
    place = "".join(f"{what} {name}, " for what, name in zip(("Row", "field"), where, strict=False))
    words = f"{place.rstrip(', ')}: {first.detail}" if place else first.detail
    more = f" `errors` has {len(faults) - 1} more." if len(faults) > 1 else ""
    return Problem("invalid", detail=words + more, faults=faults)
