"""What a cell of a file means. Files are poorer than JSON, so this is a little more lenient than a request.

As in training data: 0 and 1 are accepted as bool, 3.0 as a whole number, and text that reads as a number, a
bool or a null as such. Whatever else stands in a cell is left as it is, for the contract to refuse.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

from hookline.contract import Feature

__all__ = ["NULL_WORDS", "NUMBER", "TRUTH", "value_of"]

NULL_WORDS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
"""How CSV files write null in a column that is not text; in a column of text only an empty cell is null."""

TRUTH = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(rf"{NUMBER}|[+-]?(?:inf(?:inity)?|nan(?:\([^)]*\))?)", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")


def value_of(feature: Feature, cell: Any) -> Any:
    """Return what a JSON request would hold in place of `cell`."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, bool | list | dict):
        return cell
    if isinstance(cell, int | float | Decimal):
        return _number(feature, cell)
    text = _text(cell)
    return text if feature.is_text else _read(feature, text)


def _text(cell: object) -> str:
    if isinstance(cell, date):  # a datetime is one too
        return cell.isoformat()
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _read(feature: Feature, text: str) -> Any:
    word = text.strip()
    if word in NULL_WORDS:
        return None
    if feature.type == "datetime":
        return word
    if feature.type == "bool":
        return TRUTH.get(word.lower(), text)
    if feature.type == "int" and _WHOLE.fullmatch(word):
        return int(word)
    # Arrow reads nan(1) as C does; Python knows the word alone.
    return _number(feature, float(word.partition("(")[0])) if _NUMBER.fullmatch(word) else text


def _number(feature: Feature, value: float | Decimal) -> Any:
    if math.isnan(value):
        return None
    if feature.type == "bool" and value in (0, 1):
        return bool(value)
    if feature.type == "int" and math.isfinite(value) and value == int(value):
        return int(value)
    return value if isinstance(value, int) else float(value)
