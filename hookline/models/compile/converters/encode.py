"""Categories to numbers. An encoder is asked what it makes of each category; its answers become a table.

So every option of an encoder (drop, infrequent, unknown, missing) is followed without being known here.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, TargetEncoder

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet, Slot
from hookline.models.compile.tensor import Tensor
from hookline.models.compile.translate import transform

__all__ = ["code"]

_MOST_CATEGORIES = 4096
_LARGEST_EXACT = 2**53


@transform.register(OneHotEncoder)
@transform.register(OrdinalEncoder)
@transform.register(TargetEncoder)
def _(model: Any, sheet: Sheet) -> Sheet:
    if len(sheet) != len(model.categories_):
        raise CannotCompileError(f"{type(model).__name__} was fitted on {len(model.categories_)} columns")
    answers = _Answers.of(model)
    hits = _hits(sheet, model.categories_)
    out = _products(hits, answers) if answers.are_zero_or_one else _lookups(hits, answers)
    return Sheet.of(out, answers.width)


@transform.register(KBinsDiscretizer)
def _(model: Any, sheet: Sheet) -> Sheet:
    x = sheet.numbers(model)
    inner = [np.asarray(edges, dtype=np.float64)[1:-1] for edges in model.bin_edges_]
    owner = np.repeat(np.arange(len(inner)), [len(edges) for edges in inner])
    if not len(owner):
        raise CannotCompileError("KBinsDiscretizer has a single bin in every column")
    above = x.take(owner).at_least(np.concatenate(inner)).double()
    bins = Sheet.of(above @ np.eye(len(inner))[owner], len(sheet))
    return bins if model.encode == "ordinal" else transform(model._encoder, bins)  # noqa: SLF001 - no public name


def code(value: Any, slot: Slot) -> float:
    """Return the number that stands for `value` in a column."""
    if value is None or value != value:  # noqa: PLR0124 - NaN of any type
        return float("nan")
    if isinstance(value, str) != (slot.kind == "text"):
        raise CannotCompileError(
            f"{slot.name or 'a column'} holds {slot.kind} but is compared with {value!r}"
        )
    if isinstance(value, str):
        return slot.tensor.writer.word(value)
    if abs(float(value)) > _LARGEST_EXACT and float(value) != value:
        raise CannotCompileError(
            f"{slot.name or 'a column'} holds {value}, which a double cannot hold exactly"
        )
    return float(value)


@dataclass(frozen=True, slots=True)
class _Answers:
    """Hold what an encoder makes of each category of each column, and of an unknown one."""

    owners: NDArray[np.int64]
    """for each output the column it depends on"""
    sizes: list[int]
    """for each column its number of categories"""
    known: NDArray[np.float64]
    """a row per category, columns after one another; a column per output"""
    unknown: NDArray[np.float64]
    """a row per column"""

    @classmethod
    def of(cls, model: Any) -> _Answers:
        sizes = [len(categories) for categories in model.categories_]
        if sum(sizes) > _MOST_CATEGORIES:
            raise CannotCompileError(
                f"{type(model).__name__} knows {sum(sizes)} categories; up to {_MOST_CATEGORIES} compile"
            )
        known = _transformed(model, _probes(model, sizes))
        column_of = np.repeat(np.arange(len(sizes)), sizes)
        unknown = _transformed_or_none(model, _strangers(model))
        owners = np.zeros(known.shape[1], dtype=np.int64)
        for column in range(len(sizes)):
            mine = known[column_of == column]
            if unknown is not None:
                mine = np.vstack([mine, unknown[column]])
            varies = ~((mine == mine[0]) | (np.isnan(mine) & np.isnan(mine[0]))).all(axis=0)
            owners[varies] = column
        if unknown is None:
            unknown = np.zeros((len(sizes), known.shape[1]))
        return cls(owners, sizes, known, unknown)

    @property
    def width(self) -> int:
        return int(self.known.shape[1])

    @property
    def mine(self) -> NDArray[np.bool_]:
        """Tell for each category and output whether the output depends on the category's column."""
        return np.asarray(np.repeat(np.arange(len(self.sizes)), self.sizes)[:, None] == self.owners)

    @property
    def are_zero_or_one(self) -> bool:
        both = np.vstack([self.known, self.unknown])
        return bool(np.isin(both, (0.0, 1.0)).all())

    @property
    def otherwise(self) -> NDArray[np.float64]:
        """Return for each output what an unknown category of its column gives."""
        return self.unknown[self.owners, np.arange(self.width)]


def _products(hits: Tensor, answers: _Answers) -> Tensor:
    """Write sums of zeros and ones, which are exact."""
    table = np.where(answers.mine, answers.known - answers.otherwise, 0.0)
    if np.array_equal(table, np.eye(len(table))):
        return hits
    out = hits @ table
    return out + answers.otherwise if answers.otherwise.any() else out


def _lookups(hits: Tensor, answers: _Answers) -> Tensor:
    """Write a look-up in a flat list: per output the answer for unknown, then one for each category."""
    lists: list[list[float]] = []
    places, start = np.zeros(answers.mine.shape), []
    for output in range(answers.width):
        rows = np.flatnonzero(answers.mine[:, output])
        start.append(sum(len(one) for one in lists))
        places[rows, output] = np.arange(1, len(rows) + 1)
        lists.append([answers.otherwise[output], *answers.known[rows, output]])
    index = (hits @ places + np.array(start, dtype=np.float64)).whole()
    return hits.writer.op("Gather", np.concatenate(lists), index)


def _hits(sheet: Sheet, categories: list[NDArray[Any]]) -> Tensor:
    """Write for each category of each column whether the row has it."""
    owner = np.repeat(np.arange(len(sheet)), [len(one) for one in categories])
    codes = np.array([code(c, slot) for slot, one in zip(sheet, categories, strict=True) for c in one])
    repeated = sheet.codes().take(owner)
    hits = repeated.equals(codes)
    nulls = np.isnan(codes)
    return (hits | (repeated.is_nan() & repeated.writer.constant(nulls)) if nulls.any() else hits).double()


def _probes(model: Any, sizes: list[int]) -> list[NDArray[Any]]:
    """Make rows in which one column goes through its categories while the others keep their first."""
    ends = np.cumsum(sizes)
    columns = []
    for categories, size, end in zip(model.categories_, sizes, ends, strict=True):
        column = np.repeat(categories[:1], ends[-1])
        column[end - size : end] = categories
        columns.append(column)
    return columns


def _strangers(model: Any) -> list[NDArray[Any]]:
    """Make rows in which one column holds something new while the others keep their first category."""
    columns = []
    for place, categories in enumerate(model.categories_):
        column = np.repeat(categories[:1].astype(object), len(model.categories_))
        column[place] = _stranger(categories)
        columns.append(column if isinstance(column[place], str) else column.astype(np.float64))
    return columns


def _stranger(categories: NDArray[Any]) -> Any:
    texts = [one for one in categories if isinstance(one, str)]
    if texts:
        return max(texts, key=len) + "?"
    numbers = [float(one) for one in categories if one is not None and one == one]  # noqa: PLR0124 - leaves out NaN
    return max(numbers, default=0.0) + 1.0


def _transformed_or_none(model: Any, columns: list[NDArray[Any]]) -> NDArray[np.float64] | None:
    """Return None where the encoder refuses what it does not know; then no row that is proved has it."""
    try:
        return _transformed(model, columns)
    except ValueError:
        return None


def _transformed(model: Any, columns: list[NDArray[Any]]) -> NDArray[np.float64]:
    names = getattr(model, "feature_names_in_", range(len(columns)))
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    rows: Any = frame if hasattr(model, "feature_names_in_") else frame.to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the encoder says that it meets unknown categories; that is the point
        out = model.transform(rows)
    return np.asarray(out.toarray() if hasattr(out, "toarray") else out, dtype=np.float64)
