"""Arrow columns → numbers, all cells at once. What cannot be read so is marked, never guessed."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hookline.contract import Feature
from hookline.contract.feature import LARGEST_EXACT
from hookline.scoring.values import NULL_WORDS, NUMBER, TRUTH

__all__ = ["Mask", "bools", "breaks_bounds", "doubles", "is_text", "wholes"]

Mask: TypeAlias = NDArray[np.bool_]

_LOWEST = np.iinfo(np.int64).min
"""Below all that a request may hold: its opposite is no int64."""
_NULLS = pa.array(NULL_WORDS)
_TRUTH = pa.array(list(TRUTH)), np.array([*TRUTH.values(), np.nan])


def is_text(kind: pa.DataType) -> bool:
    """Tell whether cells of this type are strings."""
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or (pa.types.is_dictionary(kind) and is_text(kind.value_type))
    )


def doubles(column: pa.Array) -> tuple[NDArray[np.float64], Mask | None]:
    """Return the cells as float64 (NaN is null), and which of them are no numbers."""
    kind = column.type
    if is_text(kind):
        return _read(_spelled(column))
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), None
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numpy(column.cast(pa.float64(), safe=False)), None
    return np.full(len(column), np.nan), _valid(column)


def wholes(column: pa.Array) -> tuple[NDArray[np.int64], Mask | None]:
    """Return the cells as int64, and which of them are null or no whole numbers."""
    kind = column.type
    plain = pa.types.is_integer(kind)
    if is_text(kind):
        column = _spelled(column)
        # Arrow takes 0x10 for a number, nobody else does.
        plain = not pc.any(pc.match_substring(column, "x", ignore_case=True)).as_py()
    if plain:
        try:
            exact = column.cast(pa.int64())
        except pa.ArrowInvalid:  # not all of them; the longer way finds out which
            pass
        else:
            missing = exact.is_null()
            return _numpy(exact.fill_null(0)), _mask(missing) if exact.null_count else None
    values, _ = doubles(column)
    doubtful = not_whole(values) | np.isnan(values)
    return np.where(doubtful, 0, values).astype(np.int64), doubtful


def not_whole(values: NDArray[np.float64]) -> Mask:
    """Tell which numbers are not whole, or so large that a double may have changed them; null is neither."""
    whole: Mask = (values == np.floor(values)) & (np.abs(values) < LARGEST_EXACT)
    return ~(whole | np.isnan(values))


def bools(column: pa.Array) -> tuple[NDArray[np.float64], Mask | None]:
    """Return the cells as 1, 0 and NaN, and which of them are neither true nor false nor null."""
    kind = column.type
    if is_text(kind):
        words, truth = _TRUTH
        column = _spelled(column)
        values = truth[_numpy(pc.index_in(pc.utf8_lower(column), words).fill_null(len(truth) - 1))]
        return values, np.isnan(values) & _valid(column)
    if pa.types.is_boolean(kind):
        return _numpy(column.cast(pa.float64())), None
    values, doubtful = doubles(column)
    wrong = ~np.isin(values, (0.0, 1.0)) & ~np.isnan(values)
    return values, wrong if doubtful is None else wrong | doubtful


def breaks_bounds(feature: Feature, values: NDArray[Any]) -> Mask | None:
    """Tell which numbers the contract does not allow; None if all are fine. Null breaks nothing."""
    if len(values) == 0:
        return None
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    # The two extremes cost no memory; masks are made only where they will hold something.
    if not any(True for _ in _broken(feature, low, high)) and np.isfinite([low, high]).all():
        return None
    doubtful: Mask = np.isinf(values)
    for broken in _broken(feature, values, values):
        doubtful |= broken
    return doubtful


def _broken(feature: Feature, low: Any, high: Any) -> Iterator[Any]:
    """Go through the bounds that the numbers break, each with which of them do."""
    with np.errstate(invalid="ignore"):
        for bound, values, breaks in (
            (feature.ge, low, operator.lt),
            (feature.gt, low, operator.le),
            (feature.le, high, operator.gt),
            (feature.lt, high, operator.ge),
            (_LOWEST if low.dtype == np.int64 else None, low, operator.eq),
        ):
            if bound is not None and np.any(broken := breaks(values, bound)):
                yield broken


def _spelled(column: pa.Array) -> pa.Array:
    """Make the words for null null."""
    column = column.cast(pa.string())
    missing = pc.is_in(column, _NULLS)
    return pc.if_else(missing, None, column) if pc.any(missing).as_py() else column


def _read(column: pa.Array) -> tuple[NDArray[np.float64], Mask | None]:
    try:
        return _numpy(column.cast(pa.float64())), None
    except pa.ArrowInvalid:  # one cell is enough; find out which
        reads = pc.match_substring_regex(column, f"^{NUMBER}$").fill_null(True)
        return _numpy(pc.if_else(reads, column, None).cast(pa.float64())), ~_mask(reads)


def _numpy(column: pa.Array) -> NDArray[Any]:
    values: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return values


def _mask(column: pa.Array) -> Mask:
    return _numpy(column)


def _valid(column: pa.Array) -> Mask:
    return _mask(column.is_valid())
