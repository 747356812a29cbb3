"""Arrow columns → the columns a predictor takes; every cell that is not plainly right is marked as doubtful.

A doubtful cell is not yet refused: its row is looked at alone, by the code that reads requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hookline.contract import Feature
from hookline.contract.columns import column_from_values
from hookline.scoring.numbers import Mask, bools, breaks_bounds, doubles, is_text, not_whole, wholes

__all__ = ["Screened", "screen"]

_UTC = pa.timestamp("us", "UTC")
_NAIVE = pa.timestamp("us")
_FIRST, _BEHIND = np.datetime64("0001-01-01", "us"), np.datetime64("10000-01-01", "us")
"""The calendar of requests, which Arrow goes beyond."""
_FINE = (np.dtype("datetime64[us]"), np.dtype("datetime64[ns]"))


@dataclass(frozen=True, slots=True)
class Screened:
    """Hold a feature's column, and which cells of it are doubtful (their values mean nothing)."""

    values: NDArray[Any]
    doubtful: Mask | None = None


def screen(feature: Feature, column: pa.Array) -> Screened:
    """Read a whole column as its feature wants it."""
    if feature.is_text:
        return _text(feature, column)
    if feature.type == "datetime":
        return _times(feature, column)
    if feature.type == "bool":
        values, doubtful = bools(column)
        return _finish(feature, values, doubtful)
    if feature.dtype == np.int64:
        whole, doubtful = wholes(column)
        return Screened(whole, _either(doubtful, breaks_bounds(feature, whole)))
    values, doubtful = doubles(column)
    if feature.type == "int":
        doubtful = _either(doubtful, not_whole(values))
    return _finish(feature, values, _either(doubtful, breaks_bounds(feature, values)))


def _finish(feature: Feature, values: NDArray[np.float64], doubtful: Mask | None) -> Screened:
    missing = None if feature.nullable else np.isnan(values)
    doubtful = _either(doubtful, missing)
    if feature.dtype == np.float64:
        return Screened(values, doubtful)
    return Screened(np.nan_to_num(values).astype(feature.dtype), doubtful)


def _text(feature: Feature, column: pa.Array) -> Screened:
    if not is_text(column.type):
        return _none_of_it(column, np.full(len(column), None, dtype=object))
    words, codes = _distinct(column)
    wrong = np.array([feature.fault(word) is not None for word in [*words, None]], dtype=np.bool_)
    values = np.array([*words, None], dtype=object)[codes]
    return Screened(values, wrong[codes] if wrong.any() else None)


def _times(feature: Feature, column: pa.Array) -> Screened:
    kind = column.type
    if is_text(kind):
        for shape in (_UTC, _NAIVE):
            try:
                return _instants(feature, column.cast(pa.string()).cast(shape))
            except pa.ArrowInvalid:  # not all cells have this shape
                continue
        return _read_times(feature, column)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _instants(feature, _within_reach(column).cast(_NAIVE, safe=False))
    return _none_of_it(column, np.full(len(column), "NaT", dtype="datetime64[us]"))


def _instants(feature: Feature, column: pa.Array) -> Screened:
    values = column.cast(_NAIVE).to_numpy(zero_copy_only=False).astype("datetime64[us]", copy=False)
    missing = np.isnat(values)
    doubtful = (values < _FIRST) | (values >= _BEHIND)
    if not feature.nullable:
        doubtful |= missing
    return Screened(values, doubtful if doubtful.any() else None)


def _within_reach(column: pa.Array) -> pa.Array:
    """Put times of a coarser unit that microseconds do not reach just outside the calendar.

    Cast as they are they would come out as any time at all.
    """
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype in _FINE:
        return column
    first, behind = (edge.astype(values.dtype) for edge in (_FIRST, _BEHIND))
    before, after = values < first, values > behind
    if not (before.any() or after.any()):
        return column
    return pa.array(np.where(before, first - 1, np.where(after, behind, values)))


def _read_times(feature: Feature, column: pa.Array) -> Screened:
    words, codes = _distinct(column)
    wrong = np.array([feature.fault(word) is not None for word in [*words, None]], dtype=np.bool_)
    known = [None if bad else word for word, bad in zip([*words, None], wrong, strict=True)]
    return Screened(column_from_values(feature, known)[codes], wrong[codes] if wrong.any() else None)


def _none_of_it(column: pa.Array, nulls: NDArray[Any]) -> Screened:
    """Mark all cells of a column whose type the feature can never have."""
    return Screened(nulls, np.ones(len(column), dtype=np.bool_))


def _distinct(column: pa.Array) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different words, and for each cell which it is; null is the one behind the last."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    words: list[str] = coded.dictionary.to_pylist()
    codes = coded.indices.cast(pa.int64()).fill_null(len(words)).to_numpy(zero_copy_only=False)
    return words, codes


def _either(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return other if one is None else one
    return one | other
