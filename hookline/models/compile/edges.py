"""Rows that a proof must not miss: at the contract's edges, with nulls, and on both sides of every jump."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.contract import Contract, Feature
from hookline.contract.columns import columns_from_rows, concatenate, row_count, take
from hookline.contract.sample import edge_rows, sample_rows
from hookline.types import Columns, Prediction, Predictor

__all__ = ["Edges", "find_edges", "find_jumps"]

_SAMPLED, _PAIRS, _TURNS, _SOON, _SECONDS = 64, 128, 20, 2, 2.0
_CUTS = np.arange(1, 16) / 16
_STEP = 1e-9
_FAR = (1e15, 1e30, 3.0e38, 1e300, 5e-324)
_FAR_WHOLE = (2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Edges:
    """Hold the rows: those that a model must answer, and far-out ones that the model itself may refuse."""

    required: dict[str, NDArray[Any]]
    far: dict[str, NDArray[Any]]


def find_edges(contract: Contract, columns: Columns, seed: int = 0) -> Edges:
    """Make rows from the contract and from some training rows."""
    rng = np.random.default_rng(seed)
    rows = [*edge_rows(contract), *sample_rows(contract, _SAMPLED, seed)]
    made = columns_from_rows(contract, rows)
    some = take(columns, rng.integers(row_count(columns), size=_SAMPLED))
    nulled = {f.name: _with_nulls(f, some[f.name], rng) for f in contract}
    return Edges(concatenate([made, some, nulled]), _far_rows(contract, take(some, slice(0, 1))))


def find_jumps(
    contract: Contract, native: Predictor, columns: Columns, *, exact: bool, seed: int = 0
) -> dict[str, NDArray[Any]]:
    """Find places where the native model's answer jumps, and return rows on both sides of each.

    Between two training rows that differ in one number, and in the answer, the number's range is narrowed
    until two doubles are left that touch; in a tree model, that is a split point. With `exact`, these two and
    their neighbours are returned too, else only rows a small step away.
    """
    rng = np.random.default_rng(seed)
    numeric = [f.name for f in contract if f.type == "float"]
    if not numeric:
        return take(columns, slice(0, 0))
    one, other = (take(columns, rng.integers(row_count(columns), size=_PAIRS)) for _ in range(2))
    moved = np.array(numeric)[np.arange(_PAIRS) % len(numeric)]
    low, high = _of_each(one, moved), _of_each(other, moved)
    whole = np.isfinite(low) & np.isfinite(high)
    one, moved, low, high = take(one, whole), moved[whole], low[whole], high[whole]
    if not len(low):
        return one
    step = _STEP * (np.abs(low) + np.abs(high - low)) * np.where(high >= low, 1.0, -1.0)
    low, high = _narrowed(native, one, moved, low, high)
    beside = [low - step, high + step]
    if exact:
        towards = np.where(high >= low, np.inf, -np.inf)
        single = low.astype(np.float32).astype(np.float64)
        beside += [low, high, np.nextafter(low, -towards), np.nextafter(high, towards), single]
    rows = concatenate([_with(one, moved, values) for values in beside])
    return take(rows, _allowed(contract, rows))


def _narrowed(
    native: Predictor, rows: Columns, moved: NDArray[Any], low: NDArray[Any], high: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cut each range into sixteen, keep the first part over which the answer changes, and so on."""
    start = _flat(native.predict(_with(rows, moved, low)))
    deadline = time.perf_counter() + _SECONDS
    count, jumps = len(_CUTS), False
    for turn in range(_TURNS):
        cuts = np.array([low * (1.0 - cut) + high * cut for cut in _CUTS])
        asked = concatenate([_with(rows, moved, at) for at in cuts])
        answers = _flat(native.predict(asked)).reshape(count, len(low), -1)
        same = (answers == start).all(axis=2)
        first = np.where(same.all(axis=0), count, np.argmin(same, axis=0))
        ends = np.vstack([low, cuts, high])
        low, high = ends[first, np.arange(len(low))], ends[first + 1, np.arange(len(low))]
        jumps |= bool(same.any())
        smooth = turn == _SOON and not jumps  # every step changed every answer: there are no jumps
        if smooth or (np.nextafter(low, high) == high).all() or time.perf_counter() > deadline:
            break
    return low, high


def _flat(prediction: Prediction) -> NDArray[np.float64]:
    for answers in (prediction.probabilities, prediction.values, prediction.labels):
        if answers is not None:
            return answers.reshape(len(answers), -1).astype(np.float64)
    raise AssertionError("a prediction without answers")


def _of_each(rows: Columns, names: NDArray[Any]) -> NDArray[np.float64]:
    return np.array([rows[name][row] for row, name in enumerate(names)], dtype=np.float64)


def _with(rows: Columns, names: NDArray[Any], values: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    changed = {name: column.copy() for name, column in rows.items()}
    for name in set(names.tolist()):
        mine = names == name
        changed[name][mine] = values[mine]
    return changed


def _allowed(contract: Contract, rows: Columns) -> NDArray[np.bool_]:
    """Leave out rows that a step past a bound has made invalid."""
    keep = np.ones(row_count(rows), dtype=bool)
    for feature in contract:
        if feature.type == "float":
            column = rows[feature.name].tolist()
            keep &= [feature.fault(None if value != value else value) is None for value in column]  # noqa: PLR0124
    return keep


def _with_nulls(feature: Feature, column: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    if not feature.nullable:
        return column
    nulled = column.copy()
    null: Mapping[str, Any] = {"category": None, "string": None, "datetime": np.datetime64("NaT")}
    nulled[rng.random(len(column)) < 0.5] = null.get(feature.type, np.nan)
    return nulled


def _far_rows(contract: Contract, row: Columns) -> dict[str, NDArray[Any]]:
    """Put one number at a time far out, as far as its bounds allow; rows equally far stand together."""
    parts = [take(row, slice(0, 0))]
    for place in range(len(_FAR)):
        for feature in contract:
            if feature.type in ("float", "int"):
                size = (_FAR if feature.type == "float" else _FAR_WHOLE)[place]
                allowed = [value for value in (size, -size) if feature.fault(value) is None]
                far = {name: np.repeat(column, len(allowed)) for name, column in row.items()}
                parts.append({**far, feature.name: np.array(allowed, dtype=feature.dtype)})
    return concatenate(parts)
