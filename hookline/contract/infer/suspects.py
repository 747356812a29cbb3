"""Find the columns that should not be features: identifiers, constants, and the answer in other words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types as kinds

from hookline.contract.infer.column import is_number, looks_formatted

__all__ = ["answer_in_other_words", "hint_of_the_answer", "why_no_feature"]

_ENOUGH = 20
"""Among fewer rows, all values of a column being different says nothing."""
_ID_NAME = re.compile(r"(.*[_\W\da-z])?(ID|Id|UUID|Uuid|GUID|Guid)|(.*[_\W])?(id|uuid|guid|key|index|idx)")
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_LINE = 0.9999


def why_no_feature(name: str, series: pd.Series[Any]) -> str | None:
    """Say why a column cannot tell the model anything; None if it may."""
    values = series.dropna()
    if values.empty:
        return "constant: every value is null"
    distinct = values.nunique()
    if distinct == 1 and len(values) == len(series) > 1:
        return f"constant: every value is {values.iloc[0]}"
    if distinct < len(values) or len(values) < 2 or kinds.is_float_dtype(values.dtype):
        return None
    return _why_identifier(name, values)


def _why_identifier(name: str, values: pd.Series[Any]) -> str | None:
    """Say why a column of which no two values are equal looks like an identifier."""
    enough = len(values) >= _ENOUGH
    if _ID_NAME.fullmatch(name):
        return "looks like an identifier: by its name, and no two values are equal"
    if kinds.is_integer_dtype(values.dtype) and enough and abs(values.diff().dropna()).eq(1).all():
        return "looks like an identifier: it counts the rows"
    if kinds.is_string_dtype(values.dtype) or values.dtype == object:
        texts = [str(value) for value in values]
        if looks_formatted(values.astype(str)):
            return None
        if all(_UUID.fullmatch(text) for text in texts):
            return "looks like an identifier: every value is a UUID"
        if (
            enough
            and isinstance(values.iloc[0], str)
            and not any(re.search(r"\s|^\d{4}-\d\d-\d\d", t) for t in texts)
        ):
            return "looks like an identifier: no two values are equal"
    return None


def answer_in_other_words(series: pd.Series[Any], target: pd.Series[Any]) -> str | None:
    """Say in which way a column is nothing but the target; None if it is not."""
    pairs = _pairs(series, target)
    if pairs["column"].duplicated().any() or pairs["target"].duplicated().any():
        return None
    if all(_equal(series.iloc[row], target.iloc[row]) for row in pairs.index):
        return "it equals the target: the model would be shown the answer"
    # Where all values differ, any column goes one to one with any other.
    if 1 < len(pairs) <= len(series) // 2:
        return "it is the target in other words: each of its values goes with one value of the target"
    return None


def hint_of_the_answer(series: pd.Series[Any], target: pd.Series[Any]) -> str | None:
    """Say what makes a column suspiciously good; None if nothing does."""
    if is_number(series) and is_number(target) and target.nunique() > 2:
        pair = pd.DataFrame({"column": series.astype(float), "target": target.astype(float)})
        pair = pair.replace([np.inf, -np.inf], np.nan).dropna()
        if len(pair) >= _ENOUGH and pair["column"].nunique() > 2:
            correlation = np.corrcoef(pair["column"], pair["target"])[0, 1]
            if abs(correlation) > _LINE:
                return "Follows the target in a straight line: is it known before the answer is?"
    pairs = _pairs(series, target)
    goes_with_one = not pairs["column"].duplicated().any()
    if goes_with_one and 1 < len(pairs) <= len(series) // 10 and target.nunique() > 1:
        return "Each of its values goes with one value of the target: is it known before the answer is?"
    return None


def _pairs(series: pd.Series[Any], target: pd.Series[Any]) -> pd.DataFrame:
    """Return the pairs that occur, as codes, at the rows where they occur first."""
    pairs = pd.DataFrame({"column": _codes(series), "target": _codes(target)})
    return pairs.drop_duplicates()


def _codes(series: pd.Series[Any]) -> Any:
    # Objects may be lists, which cannot be told apart by their hash.
    return pd.factorize(series.map(str) if series.dtype == object else series)[0]


def _equal(value: Any, answer: Any) -> bool:
    return str(value) == str(answer) or (pd.notna(value) and pd.notna(answer) and bool(value == answer))
