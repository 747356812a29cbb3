"""Two answers of process_X side by side: same columns, same dtypes, same values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.words import counted, listed

__all__ = ["Difference", "as_frame", "difference", "dtype_difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Say what was there first, what is there now, and of which kind the change is."""

    kind: str
    expected: str
    came: str


def as_frame(output: Any) -> pd.DataFrame:
    """Show any model input as a frame: DataFrame, Series, array, sparse matrix or list."""
    if isinstance(output, pd.DataFrame):
        return output
    if isinstance(output, pd.Series):
        return output.to_frame()
    array = np.asarray(output.toarray() if hasattr(output, "toarray") else output)
    return pd.DataFrame(array.reshape(len(array), -1) if len(array) else array)


def difference(wanted: pd.DataFrame, got: pd.DataFrame) -> Difference | None:
    """Return the first difference that matters to a model; None if there is none."""
    return _of_columns(wanted, got) or dtype_difference(wanted, got) or _of_values(wanted, got)


def dtype_difference(wanted: pd.DataFrame, got: pd.DataFrame) -> Difference | None:
    """Return the first column whose dtype differs."""
    for name, first, second in zip(wanted.columns, wanted.dtypes, got.dtypes, strict=True):
        if first != second:
            return Difference("dtypes", f"column {name!s}: {first}", f"column {name!s}: {second}")
    return None


def _of_columns(wanted: pd.DataFrame, got: pd.DataFrame) -> Difference | None:
    if list(wanted.columns) == list(got.columns):
        return None
    lost = [str(name) for name in wanted.columns if name not in got.columns]
    new = [str(name) for name in got.columns if name not in wanted.columns]
    words = [*([f"without {listed(lost)}"] if lost else []), *([f"with {listed(new)}"] if new else [])]
    came = f"{counted(got.shape[1], 'column')} ({'; '.join(words) or 'in another order'})"
    return Difference("columns", counted(wanted.shape[1], "column"), came)


def _of_values(wanted: pd.DataFrame, got: pd.DataFrame) -> Difference | None:
    for position, name in enumerate(wanted.columns):
        rows = np.flatnonzero(~_same(wanted.iloc[:, position], got.iloc[:, position]))
        if len(rows):
            row = int(rows[0])
            first, second = wanted.iat[row, position], got.iat[row, position]
            where = f"row {row}, column {name!s}: "
            return Difference("values", where + _short(first), where + _short(second))
    return None


def _same(first: pd.Series[Any], second: pd.Series[Any]) -> NDArray[np.bool_]:
    a, b = first.to_numpy(), second.to_numpy()
    if a.dtype.kind in "biufc" and b.dtype.kind in "biufc":
        return np.asarray(np.isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=True), dtype=np.bool_)
    null = pd.isna(a) & pd.isna(b)
    return np.asarray(null | np.asarray(a == b, dtype=np.bool_), dtype=np.bool_)


def _short(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
