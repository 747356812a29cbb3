"""Numbers and times as people write them, such as €1,234.50, 12 % or 24.12.2024."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

__all__ = ["Notations", "numbers_beside_words", "plain_numbers", "read_notations"]

_SIGNS = re.compile("[$€£¥%]")
_UNIT = rf"{_SIGNS.pattern}?\s?"
_NUMBERS = {
    mark: re.compile(
        rf"{_UNIT}[-+]?{_UNIT}([0-9]{{1,3}}({between}[0-9]{{3}})+|[0-9]+)([{mark}][0-9]+)?\s?{_UNIT}"
    )
    for mark, between in ((".", r"[,'\u2019]"), (",", r"[. '\u2019\xa0\u202f]"))
}
"""By decimal mark."""
_TELLING = re.compile(r".*[$€£¥%].*|.*[.,]\d+", re.DOTALL)
"""Digits and spaces alone may be the name of something, such as a telephone."""
_TIMES = tuple(
    day + clock
    for day in ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d")
    for clock in ("", " %H:%M", " %H:%M:%S")
)
_LIKE_A_TIME = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}( \d{1,2}:\d\d(:\d\d)?)?")
_FEW_WORDS = 3
_MOSTLY = 0.9


@dataclass(frozen=True)
class Notations:
    """Hold the columns that the loader has to read, by name."""

    numbers: dict[str, str] = field(default_factory=dict)
    """The decimal mark of each."""
    times: dict[str, str] = field(default_factory=dict)
    """The format of each, as strptime has it."""

    def applied(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows as the drafted loader gives them."""
        numbers = {name: plain_numbers(frame[name], mark) for name, mark in self.numbers.items()}
        times = {name: pd.to_datetime(frame[name], format=form) for name, form in self.times.items()}
        return frame.assign(**numbers, **times)


def read_notations(frame: pd.DataFrame, *, but: Sequence[str] = ()) -> Notations:
    """Find the columns that can be read in one way only; `but` those that name a row."""
    found = Notations()
    for name in frame.columns:
        values = _texts(frame[name])
        if name in but or not values:
            continue
        if mark := _decimal_mark(values):
            found.numbers[name] = mark
        elif form := _format(values):
            found.times[name] = form
    return found


def plain_numbers(column: pd.Series[Any], mark: str) -> pd.Series[Any]:
    """Return the numbers that are written in a column; the drafted loader has these very lines."""
    digits = column.str.replace(f"[^0-9{mark}+-]", "", regex=True).str.replace(mark, ".")
    return pd.to_numeric(digits).astype("Float64")


def numbers_beside_words(column: pd.Series[Any]) -> list[str]:
    """Return the few words that keep a column from being one of numbers, such as n.a.; none if it is text."""
    values = pd.Series(_texts(column), dtype=object)
    words = values[pd.to_numeric(values, errors="coerce").isna()]
    few = 0 < len(words) <= _FEW_WORDS and len(words) <= len(values) * (1 - _MOSTLY)
    return sorted(words) if few else []


def _texts(column: pd.Series[Any]) -> list[str]:
    """Return the distinct values of a column that holds nothing but text."""
    values = column.dropna().unique().tolist()
    return values if all(isinstance(value, str) for value in values) else []


def _decimal_mark(values: list[str]) -> str | None:
    if not any(_TELLING.fullmatch(value) for value in values) or not _of_one_unit(values):
        return None
    series = pd.Series(values, dtype=object)
    read = {
        mark: plain_numbers(series, mark)
        for mark, pattern in _NUMBERS.items()
        if all(pattern.fullmatch(value) for value in values)
    }
    ways = list(read.values())
    # 1,234 is a thousand to some and one to others: nobody but the owner can tell.
    if not ways or any(not way.equals(ways[0]) for way in ways):
        return None
    return next(iter(read))


def _of_one_unit(values: list[str]) -> bool:
    """Tell whether numbers stay comparable without their signs: 5 $ and 5 €, or 5 % and 0.05, do not."""
    signs = {frozenset(_SIGNS.findall(value)) for value in values}
    units = frozenset[str]().union(*signs)
    return len(units) <= 1 and ("%" not in units or len(signs) == 1)


def _format(values: list[str]) -> str | None:
    if not all(_LIKE_A_TIME.fullmatch(value) for value in values):
        return None
    series = pd.Series(values, dtype=object)
    fitting = [form for form in _TIMES if pd.to_datetime(series, format=form, errors="coerce").notna().all()]
    # 02/03/2024 is in March to some and in February to others.
    return fitting[0] if len(fitting) == 1 else None
