"""Rows or columns → the matrix a graph takes: a column per feature, text as codes, null as NaN."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.contract.columns import row_count
from hookline.contract.contract import Contract
from hookline.types import Columns

__all__ = ["MatrixMaker"]

_UNKNOWN = -1.0
"""The code of every text that no transformer has seen: to all of them it is the same."""


class MatrixMaker:
    """Make matrices for a graph that can tell `words` apart.

    A graph never looks at times; their columns stay NaN.
    """

    def __init__(self, contract: Contract, words: Iterable[str]) -> None:
        self._codes: dict[str | None, float] = {word: float(code) for code, word in enumerate(words)}
        self._codes[None] = math.nan
        self._width = len(contract.names)
        self._fill = [
            (place, feature.name, feature.default, feature.is_text)
            for place, feature in enumerate(contract)
            if feature.type != "datetime"
        ]
        self._numbers = _all_numbers(contract)

    def of_columns(self, columns: Columns) -> NDArray[np.float64]:
        """Make the matrix of columns."""
        matrix = np.full((row_count(columns), self._width), math.nan)
        code = self._codes.get
        for place, name, _, is_text in self._fill:
            column = columns[name]
            matrix[:, place] = [code(text, _UNKNOWN) for text in column] if is_text else column
        return matrix

    def of_rows(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Make the matrix of valid rows: the same as by way of columns, and for a few rows much faster."""
        if self._numbers is not None:
            # One after the other: in tuples numpy would first look for a shape, and take twice as long.
            numbers = chain.from_iterable(map(self._numbers, rows))
            return np.fromiter(numbers, np.float64, len(rows) * self._width).reshape(-1, self._width)
        matrix = np.full((len(rows), self._width), math.nan)
        code = self._codes.get
        for place, name, default, is_text in self._fill:
            values = [row.get(name, default) for row in rows]
            matrix[:, place] = [code(text, _UNKNOWN) for text in values] if is_text else values
        return matrix


def _all_numbers(contract: Contract) -> Callable[[Mapping[str, Any]], Any] | None:
    """Return what takes the numbers of a row in the contract's order, if all of them are there, always."""
    if len(contract.names) < 2 or any(
        feature.is_text or feature.type == "datetime" or not feature.required for feature in contract
    ):
        return None
    return itemgetter(*contract.names)
