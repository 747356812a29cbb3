"""Columns: one array per feature. The only shape the compiled path knows; needs no pandas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.contract.contract import Contract
from hookline.contract.feature import Feature
from hookline.types import Columns

__all__ = ["column_from_values", "columns_from_rows", "concatenate", "row_count", "rows_from_columns", "take"]


def column_from_values(feature: Feature, values: Iterable[Any]) -> NDArray[Any]:
    """Make the feature's column from valid JSON values (None is null)."""
    values = list(values)
    if feature.is_text:
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    if feature.type == "datetime":
        return np.array([_utc(value) for value in values], dtype="datetime64[us]")
    if feature.dtype == np.float64:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.array(values, dtype=feature.dtype)


def columns_from_rows(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Make columns from valid rows; an absent field takes its default."""
    return {
        feature.name: column_from_values(feature, [row.get(feature.name, feature.default) for row in rows])
        for feature in contract
    }


def rows_from_columns(contract: Contract, columns: Columns) -> list[dict[str, Any]]:
    """Make JSON rows from columns; the inverse of `columns_from_rows`."""
    lists = [_plain(feature, columns[feature.name]) for feature in contract]
    return [dict(zip(contract.names, values, strict=True)) for values in zip(*lists, strict=True)]


def row_count(columns: Columns) -> int:
    """Count the rows."""
    return len(next(iter(columns.values())))


def take(columns: Columns, rows: slice | NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Pick rows."""
    return {name: column[rows] for name, column in columns.items()}


def concatenate(parts: Sequence[Columns]) -> dict[str, NDArray[Any]]:
    """Put columns under one another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _plain(feature: Feature, column: NDArray[Any]) -> list[Any]:
    if feature.type == "datetime":
        moments = np.datetime_as_string(column).tolist()
        return [None if moment == "NaT" else f"{moment}Z" for moment in moments]
    values: list[Any] = column.tolist()
    if feature.dtype != np.float64:
        return values
    back = {"int": int, "bool": bool}.get(feature.type, float)
    return [None if math.isnan(value) else back(value) for value in values]


def _utc(value: str | None) -> np.datetime64:
    if value is None:
        return np.datetime64("NaT", "us")
    moment = datetime.fromisoformat(value)
    offset = moment.utcoffset() or timedelta(0)
    # Subtracted by numpy, whose years go beyond Python's: 0001-01-01T00:00+14:00 is in the year 0.
    return np.datetime64(moment.replace(tzinfo=None), "us") - np.timedelta64(offset)
