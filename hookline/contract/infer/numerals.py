"""Columns of digits that pandas takes for numbers, and that are none, or perhaps other ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types as kinds

__all__ = ["misread_numbers"]

_CODE, _DIGITS = "0[0-9]+", "[0-9]+"
_GROUPED = r"[-+]?(?:0|[1-9][0-9]{0,2}(?:\.[0-9]{3})*)"
_SHARE = 0.01
_UNIT = r"[-+$€£¥%\s]*"
_WITH_COMMA = rf"{_UNIT}[0-9][0-9.]*(?:,[0-9]+)?{_UNIT}"
_FRACTION = re.compile(rf"{_UNIT}[0-9.]*[0-9],(?:[0-9]{{1,2}}|[0-9]{{4,}}){_UNIT}")
"""Three digits may be thousands as well."""


def misread_numbers(
    frame: pd.DataFrame, written: Callable[[list[int]], pd.DataFrame]
) -> dict[str, pd.Series[Any]]:
    """Return, as text, columns of `frame` that are no numbers or not these; `written` gives columns as text.

    That is codes such as 01895, and 1.234 in a file that writes 1,5: there it is more than a thousand.
    """
    comma = any(_has_decimal_comma(column) for _, column in frame.items())
    asked = [place for place, (_, column) in enumerate(frame.items()) if _is_doubtful(column, comma=comma)]
    if not asked:
        return {}
    return {
        str(name): text
        for name, text in written(asked).items()
        if _is_code(text.dropna()) or (comma and _is_grouped(text.dropna()))
    }


def _is_doubtful(column: pd.Series[Any], *, comma: bool) -> bool:
    if not kinds.is_numeric_dtype(column.dtype) or kinds.is_bool_dtype(column.dtype):
        return False
    values = column.dropna().to_numpy(dtype=np.float64)
    return comma or bool(np.all(values == np.floor(values)))


def _is_code(texts: pd.Series[Any]) -> bool:
    # Patterns are slow, and most numbers begin with no zero.
    zeros = texts[texts.str.startswith("0")]
    codes = int(zeros.str.fullmatch(_CODE).sum())
    if not codes or not texts.str.fullmatch(_DIGITS).all():
        return False
    # A zero that somebody put in front of one number of many makes no codes of all of them.
    return codes >= len(texts) * _SHARE or texts.str.len().nunique() == 1


def _is_grouped(texts: pd.Series[Any]) -> bool:
    return bool(texts.str.contains(".", regex=False).any() and texts.str.fullmatch(_GROUPED).all())


def _has_decimal_comma(column: pd.Series[Any]) -> bool:
    if not isinstance(column.dtype, pd.StringDtype):
        return False
    texts = pd.Series(column.dropna().unique())
    # The first cell is enough to find out most columns of text.
    for part in (texts.iloc[:1], texts):
        if not part.str.fullmatch(_WITH_COMMA).all():
            return False
    return any(_FRACTION.fullmatch(text) for text in texts)
