"""Cast a column of training data to its feature's dtype, and point at the cells that cannot be cast.

Training data is read more leniently than requests, because the file formats it comes from are poorer
than JSON: 0 and 1 are accepted as bool, 3.0 as a whole number, and text that reads as a number, a bool or an
ISO 8601 time as such. A number is never taken for text, and a bool never for a number: there the
declaration is wrong, not a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from numbers import Number
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types as kinds
from pandas.api.extensions import ExtensionArray

from hookline.contract.columns import column_from_values
from hookline.contract.feature import LARGEST_EXACT, Feature, FeatureType

__all__ = ["Cast", "Mask", "UnusableColumnError", "cast"]

Mask: TypeAlias = NDArray[np.bool_]

NULL = "null is not allowed"
_TRUTH = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


class UnusableColumnError(Exception):
    """Say what a whole column holds that its feature can never be, and what to do."""


@dataclass(slots=True)
class Cast:
    """Hold a column as its feature wants it, and for each broken rule the rows that break it.

    A cell that cannot be cast is null. Where the dtype has no null (int64, bool), the column is float64 then.
    """

    series: pd.Series[Any]
    faults: dict[str, Mask] = field(default_factory=dict)

    def flag(self, rule: str, rows: Mask) -> None:
        """Note the rows that break `rule`, if there are any."""
        if rows.any():
            self.faults[rule] = self.faults[rule] | rows if rule in self.faults else rows


def cast(feature: Feature, series: pd.Series[Any]) -> Cast:
    """Cast `series` to the dtype of `feature`; a series that has it already is not copied."""
    # Categories of numbers are numbers, packed.
    if isinstance(series.dtype, pd.CategoricalDtype) and not _is_text(series.cat.categories.to_series()):
        series = series.astype(object)
    if (feature.is_text or series.dtype != feature.dtype) and series.isna().all():
        return _all_null(feature, series)
    return _CASTS[feature.type](feature, series)


def _all_null(feature: Feature, series: pd.Series[Any]) -> Cast:
    dtype = "str" if feature.is_text else "datetime64[us]" if feature.type == "datetime" else "float64"
    done = Cast(pd.Series(None, index=series.index, name=series.name, dtype=dtype))
    if len(series) == 0:
        done.series = done.series if feature.is_text else done.series.astype(feature.dtype)
    elif not feature.nullable:
        done.flag(NULL, np.ones(len(series), dtype=np.bool_))
    return done


def _to_float(feature: Feature, series: pd.Series[Any]) -> Cast:
    if series.dtype == np.float64:
        done = Cast(series)
        _flag_nulls(done, feature, series)
        return done
    return _numbers(feature, series)


def _to_int(feature: Feature, series: pd.Series[Any]) -> Cast:
    done = Cast(series) if series.dtype == np.int64 else _numbers(feature, series)
    values = done.series.to_numpy()
    held_as_double = feature.nullable or values.dtype == np.float64
    _flag_and_empty(done, "too large", _beyond(values, LARGEST_EXACT if held_as_double else 2**63 - 1))
    if values.dtype == np.float64:
        _flag_and_empty(done, "not a whole number", (values != np.floor(values)) & ~np.isnan(values))
    return _exact(feature, done)


def _to_bool(feature: Feature, series: pd.Series[Any]) -> Cast:
    if series.dtype == np.bool_:
        return _exact(feature, Cast(series))
    numbers = series
    if _is_text(series):
        numbers = series.astype(object).map(_truth)
    elif series.dtype == object:
        numbers = series.map(lambda cell: _truth(cell) if isinstance(cell, str) else cell)
        numbers = numbers.where(numbers.map(lambda cell: isinstance(cell, bool | np.bool_ | Number)))
    elif kinds.is_bool_dtype(series.dtype):
        numbers = series.astype("boolean")
    elif not kinds.is_numeric_dtype(series.dtype):
        raise _unusable(feature, series)
    values = _float64(numbers)
    wrong = ~np.isin(values, (0.0, 1.0)) & ~series.isna().to_numpy()
    if wrong.all():
        raise _unusable(feature, series)
    done = Cast(_like(series, np.where(wrong, np.nan, values)))
    done.flag("not true or false", wrong)
    _flag_nulls(done, feature, series)
    return _exact(feature, done)


def _to_text(feature: Feature, series: pd.Series[Any]) -> Cast:
    if series.dtype == object:
        return _object_to_text(feature, series)
    if isinstance(series.dtype, pd.CategoricalDtype):
        # Ten times as fast as astype, which spells every cell.
        words = pd.array(series.cat.categories.to_numpy(), dtype="str")
        done = Cast(_like(series, words.take(series.cat.codes.to_numpy(), allow_fill=True)))
    elif _is_text(series):
        done = Cast(series.astype("str"))
    else:
        raise _unusable(feature, series)
    _flag_nulls(done, feature, series)
    return done


def _object_to_text(feature: Feature, series: pd.Series[Any]) -> Cast:
    done = Cast(series)
    try:
        # Quick where every cell is text, as it mostly is; only then is each cell looked at.
        mixed = kinds.infer_dtype(series, skipna=True) != "string"
        done.series = series if mixed else series.astype("str")
    except UnicodeEncodeError:
        mixed = True
    if mixed:
        nulls = series.isna().to_numpy()
        wrong = ~series.map(_is_clean_text).to_numpy(np.bool_) & ~nulls
        if (wrong | nulls).all():
            raise _unusable(feature, series)
        done.flag("not text", wrong)
        done.series = series.mask(wrong).astype("str")
    _flag_nulls(done, feature, series)
    return done


def _to_datetime(feature: Feature, series: pd.Series[Any]) -> Cast:
    if series.dtype == "datetime64[us]":
        done = Cast(series)
    elif kinds.is_datetime64_any_dtype(series.dtype):
        done = Cast(_utc(series))
    elif series.dtype == object or _is_text(series):
        cells = series.astype(object)
        cells = cells.where(cells.map(lambda cell: isinstance(cell, str | date | datetime | np.datetime64)))
        moments = _utc(pd.to_datetime(cells, format="ISO8601", utc=True, errors="coerce"))
        wrong = (moments.isna() & series.notna()).to_numpy()
        if wrong.any():
            moments, wrong = _read_again(feature, cells, moments, wrong)
        if (wrong | series.isna().to_numpy()).all():
            raise _unusable(feature, series)
        done = Cast(moments)
        done.flag("not an ISO 8601 time", wrong)
    else:
        raise _unusable(feature, series)
    _flag_nulls(done, feature, series)
    return done


_CASTS: dict[str, Callable[[Feature, pd.Series[Any]], Cast]] = {
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "category": _to_text,
    "string": _to_text,
    "datetime": _to_datetime,
}


def _numbers(feature: Feature, series: pd.Series[Any]) -> Cast:
    """Cast to float64; to int64 where whole numbers are wanted and nothing stands in the way."""
    if _is_text(series) or series.dtype == object:
        usable = series.map(_may_be_number).to_numpy(np.bool_)
        numbers = pd.to_numeric(series.where(usable).astype(object), errors="coerce")
    elif kinds.is_numeric_dtype(series.dtype) and not _is_bool_or_complex(series):
        numbers = series
    else:
        raise _unusable(feature, series)
    nulls, missing = series.isna().to_numpy(), numbers.isna().to_numpy()
    wrong = missing & ~nulls
    if wrong.any() and missing.all():
        raise _unusable(feature, series)
    whole = feature.type == "int" and kinds.is_integer_dtype(numbers.dtype) and not missing.any()
    if whole and numbers.max() <= 2**63 - 1:
        done = Cast(_like(series, numbers.to_numpy(dtype=np.int64)))
    else:
        done = Cast(_like(series, _float64(numbers)))
    done.flag("not a number" if feature.type == "float" else "not a whole number", wrong)
    _flag_nulls(done, feature, series)
    return done


def _exact(feature: Feature, done: Cast) -> Cast:
    """Give the column the feature's own dtype, where no null stands in the way."""
    if done.series.dtype != feature.dtype and (feature.dtype == np.float64 or not done.series.hasnans):
        done.series = done.series.astype(feature.dtype)
    return done


def _beyond(values: NDArray[Any], limit: int) -> Mask:
    # A max and a min cost no memory; the mask is made only where it will hold something.
    if len(values) == 0 or (np.fmax.reduce(values) <= limit and np.fmin.reduce(values) >= -limit):
        return np.zeros(1, dtype=np.bool_)
    return (values > limit) | (values < -limit)


def _flag_and_empty(done: Cast, rule: str, rows: Mask) -> None:
    if rows.any():
        done.flag(rule, rows)
        done.series = done.series.mask(rows)


def _flag_nulls(done: Cast, feature: Feature, series: pd.Series[Any]) -> None:
    if not feature.nullable and series.hasnans:
        done.flag(NULL, series.isna().to_numpy())


def _float64(series: pd.Series[Any]) -> NDArray[np.float64]:
    if isinstance(series.dtype, np.dtype):
        return series.to_numpy(dtype=np.float64)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _like(series: pd.Series[Any], values: NDArray[Any] | ExtensionArray) -> pd.Series[Any]:
    return pd.Series(values, index=series.index, name=series.name, copy=False)


def _utc(series: pd.Series[Any]) -> pd.Series[Any]:
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return series.astype("datetime64[us]")


def _read_again(
    feature: Feature, cells: pd.Series[Any], moments: pd.Series[Any], wrong: Mask
) -> tuple[pd.Series[Any], Mask]:
    """Read what pandas cannot but a request may hold, such as 2024-W05-1."""
    valid = cells.map(lambda cell: isinstance(cell, str) and feature.fault(cell) is None)
    readable = wrong & valid.to_numpy(np.bool_)
    values = moments.to_numpy(copy=True)
    values[readable] = column_from_values(feature, cells[readable])
    return _like(moments, values), wrong & ~readable


def _is_text(series: pd.Series[Any]) -> bool:
    return kinds.is_string_dtype(series.dtype) and series.dtype != object


def _is_bool_or_complex(series: pd.Series[Any]) -> bool:
    return kinds.is_bool_dtype(series.dtype) or kinds.is_complex_dtype(series.dtype)


def _is_clean_text(cell: object) -> bool:
    # A lone surrogate is no text that JSON, a database or pandas' own strings could carry.
    return isinstance(cell, str) and (cell.isascii() or not any("\ud800" <= c <= "\udfff" for c in cell))


def _may_be_number(cell: object) -> bool:
    return isinstance(cell, Number | str) and not isinstance(cell, bool | np.bool_ | complex)


def _truth(cell: object) -> float:
    return _TRUTH.get(cell.strip().lower(), np.nan) if isinstance(cell, str) else np.nan


def _unusable(feature: Feature, series: pd.Series[Any]) -> UnusableColumnError:
    holds, remedy = str(series.dtype), "convert the column in DataLoader.load_data"
    fitting = _fitting_type(series)
    if fitting == "category" and feature.log == "raw":
        holds += f" (such as {series.dropna().iloc[0]!r})"
    if fitting not in (None, feature.type) and not (fitting == "category" and feature.is_text):
        remedy = f"declare it `type: {fitting}` in features.yaml, or {remedy}"
    return UnusableColumnError(
        f"feature {feature.name!r} is declared {feature.type}, but its column holds {holds}; {remedy}"
    )


def _fitting_type(series: pd.Series[Any]) -> FeatureType | None:
    if series.dtype == object or _is_text(series):
        return "category"
    if kinds.is_bool_dtype(series.dtype):
        return "bool"
    if kinds.is_integer_dtype(series.dtype):
        return "int"
    if kinds.is_float_dtype(series.dtype):
        return "float"
    return "datetime" if kinds.is_datetime64_any_dtype(series.dtype) else None
