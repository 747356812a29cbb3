"""Guess the declaration of one column from its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types as kinds

from hookline.contract.feature import LARGEST_EXACT, FeatureType
from hookline.contract.infer.draft import ColumnDraft
from hookline.words import counted, listed

__all__ = ["distinct_words", "guess_column", "is_number", "looks_formatted"]

_MOST_CHOICES = 50
_LONGEST_CHOICE = 100
_FEW_NUMBERS = 10
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?", re.DOTALL)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*", re.DOTALL)
_WHOLE = re.compile(r"\d+")
_FORMATTED = re.compile(r"[-+]?[$€£¥]?\s?(\d{1,3}([ .,'\u2019\xa0\u202f]\d{3})+|\d+)([.,]\d+)?\s?[%$€£¥]?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def guess_column(name: str, series: pd.Series[Any], *, complete: bool) -> ColumnDraft:
    """Guess what `series` is; `complete` tells whether it holds every row there is."""
    values = series.dropna()
    if values.empty:
        return ColumnDraft({"name": name, "nullable": True}, "always null")
    values = _plain(values)
    type_ = _type(values, nullable=len(values) < len(series))
    if type_ is None:
        found = " and ".join(sorted({type(value).__name__ for value in values})[:3])
        words = f"holds {found}, which no feature can be; convert it in DataLoader.load_data"
        return ColumnDraft({"name": name}, str(series.dtype), left_out=words)
    declaration: dict[str, Any] = {"name": name, "type": type_}
    if type_ == "category":
        declaration |= _choices(values, complete=complete)
    if len(values) < len(series):
        declaration["nullable"] = True
    declaration["example"] = _example(type_, values)
    facts = ", ".join(filter(None, (_range(type_, values), _nulls(series))))
    return ColumnDraft(declaration, facts, tuple(_notes(type_, values)))


def distinct_words(values: pd.Series[Any], most: int = 5) -> str:
    """Name the distinct values; not more than a reader takes in at once."""
    return listed(sorted(values.unique().tolist(), key=lambda value: (str(type(value)), value)), most)


def is_number(values: pd.Series[Any]) -> bool:
    """Tell whether a column is of numbers; true and false are none."""
    return kinds.is_numeric_dtype(values.dtype) and not kinds.is_bool_dtype(values.dtype)


def looks_formatted(values: pd.Series[Any]) -> bool:
    """Tell whether text is numbers written for people, such as 1,000 or 5 %; plain digits may be a name."""
    return _all_match(values, _FORMATTED) and not _all_match(values, _WHOLE)


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return the values as what they are, not as what they are packed in."""
    if isinstance(values.dtype, pd.CategoricalDtype) or values.dtype == object:
        return values.astype(object).infer_objects()
    return values


def _type(values: pd.Series[Any], *, nullable: bool) -> FeatureType | None:
    if kinds.is_numeric_dtype(values.dtype):
        return _numeric_type(values, nullable=nullable)
    if _all(values, Decimal):
        return "float"
    if kinds.is_datetime64_any_dtype(values.dtype) or _all(values, date):
        return "datetime"
    return _text_type(values) if _all(values, str) else None


def _numeric_type(values: pd.Series[Any], *, nullable: bool) -> FeatureType | None:
    if kinds.is_bool_dtype(values.dtype):
        return "bool"
    if kinds.is_complex_dtype(values.dtype):
        return None
    limit = LARGEST_EXACT if nullable else 2**63 - 1
    whole = kinds.is_integer_dtype(values.dtype) and -limit <= values.min() and values.max() <= limit
    return "int" if whole else "float"


def _text_type(values: pd.Series[Any]) -> FeatureType:
    if _all_match(values, _ISO) and _moments(values).notna().all():
        return "datetime"
    distinct = values.nunique()
    few = distinct <= _MOST_CHOICES and distinct <= max(2, len(values) // 2)
    short = values.str.len().max() <= _LONGEST_CHOICE
    return "category" if short and (few or distinct <= len(values) // 10) else "string"


def _all(values: pd.Series[Any], kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)


def _all_match(values: pd.Series[Any], pattern: re.Pattern[str]) -> bool:
    return all(pattern.fullmatch(value) for value in values.unique())


def _moments(values: pd.Series[Any]) -> pd.Series[Any]:
    moments = pd.to_datetime(values.astype(object), format="ISO8601", utc=True, errors="coerce")
    return moments.astype("datetime64[us, UTC]")


def _choices(values: pd.Series[Any], *, complete: bool) -> dict[str, Any]:
    choices = sorted(str(value) for value in values.unique())
    if len(choices) > _MOST_CHOICES or not all(_is_writable(choice) for choice in choices):
        return {"unknown": "accept"}
    # Rows that were not read may hold other values.
    return {"choices": choices} if complete else {"choices": choices, "unknown": "accept"}


def _is_writable(text: str) -> bool:
    """Tell whether YAML can hold the text: control characters are refused there."""
    return all(char.isprintable() or char in "\t\n" for char in text)


def _example(type_: FeatureType, values: pd.Series[Any]) -> Any:
    if type_ == "datetime":
        moment = _moments(values).sort_values().iloc[len(values) // 2]
        return moment.tz_localize(None).isoformat(timespec="auto") + "Z"
    if type_ in ("float", "int"):
        finite = values[np.isfinite(values.astype(float))]
        return _number(type_, finite.sort_values().iloc[len(finite) // 2]) if len(finite) else 0.0
    usual = values.mode().iloc[0]
    if type_ == "bool":
        return bool(usual)
    return "".join(char if _is_writable(char) else " " for char in str(usual)[:_LONGEST_CHOICE])


def _number(type_: FeatureType, value: Any) -> float | int:
    # By its text, so that single precision's 0.1 stays 0.1.
    return int(value) if type_ == "int" else float(str(value))


def _range(type_: FeatureType, values: pd.Series[Any]) -> str:
    if type_ in ("float", "int"):
        low, high = values.min(), values.max()
        exact: FeatureType = "int" if kinds.is_integer_dtype(values.dtype) else type_
        first, last = _number(exact, low), _number(exact, high)
        return f"always {first}" if low == high else f"{first} … {last}"
    if type_ == "datetime":
        moments = _moments(values)
        return f"{moments.min():%Y-%m-%d} … {moments.max():%Y-%m-%d}"
    if type_ == "bool":
        return f"{values.astype(float).mean():.0%} true"
    if type_ == "category":
        return counted(values.nunique(), "value")
    lengths = values.str.len()
    return f"{counted(values.nunique(), 'value')} of {lengths.min()} … {lengths.max()} characters"


def _nulls(series: pd.Series[Any]) -> str:
    nulls = int(series.isna().sum())
    return f"null in {nulls} of {len(series)} rows" if nulls else ""


def _notes(type_: FeatureType, values: pd.Series[Any]) -> Iterator[str]:
    if type_ in ("float", "int"):
        yield from _notes_on_numbers(type_, values)
    if type_ in ("category", "string"):
        yield from _notes_on_text(values)
    if type_ == "string":
        yield "The example is from the data and shown in /docs; replace it if it is personal."


def _notes_on_numbers(type_: FeatureType, values: pd.Series[Any]) -> Iterator[str]:
    if type_ == "float" and kinds.is_integer_dtype(values.dtype):
        remedy = "if they identify something, leave them out, or convert them to text"
        yield f"Whole numbers too large for a float to tell apart: {remedy} in DataLoader.load_data."
    if np.isinf(values.astype(float)).any():
        yield "Holds infinity, which no request can; clean it in DataLoader.load_data."
    distinct = values.nunique()
    if distinct == 2 and set(values.unique()) == {0, 1}:
        yield "Only 0 and 1: if it is no and yes, say `type: bool`."
    elif 1 < distinct <= _FEW_NUMBERS and distinct <= len(values) // 2:
        remedy = "convert them to text in DataLoader.load_data and say `type: category`"
        yield f"Only {distinct_words(values, _FEW_NUMBERS)}: if these are codes, {remedy}."


def _notes_on_text(values: pd.Series[Any]) -> Iterator[str]:
    if _all_match(values, _DATE):
        remedy = "convert them with pandas.to_datetime in DataLoader.load_data and say `type: datetime`"
        yield f"Looks like dates: {remedy}."
    elif looks_formatted(values):
        yield "Looks like numbers: convert them in DataLoader.load_data and say `type: float`."
    if any(_MAIL.fullmatch(str(value)) for value in values.unique()):
        yield "Holds e-mail addresses: consider `log: hash`, and another example."
