"""Sift a table: which rows keep the contract, as columns for the model, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hookline.contract import Contract, Feature
from hookline.contract.columns import column_from_values
from hookline.scoring.chunk import Read
from hookline.scoring.columns import Screened, screen
from hookline.scoring.judge import Judge
from hookline.scoring.numbers import Mask
from hookline.scoring.values import value_of
from hookline.service.problems import Fault

__all__ = ["Sieve", "Sifted"]


@dataclass(frozen=True, slots=True)
class Sifted:
    """Hold the columns of all rows, which rows keep the contract, and what is wrong with the others."""

    columns: dict[str, NDArray[Any]]
    good: Mask
    faults: dict[int, list[Fault]]


class Sieve:
    """Hold tables against a contract: whole columns first, then each row that has a doubtful cell."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._judge = Judge(contract)

    def sift(self, read: Read) -> Sifted:
        """Sift the rows of a chunk."""
        table = read.table
        given = {f.name: _whole(table[f.name]) for f in self._contract if f.name in table.schema.names}
        screened = {f.name: _screen(f, given.get(f.name), table.num_rows) for f in self._contract}
        columns = {name: one.values for name, one in screened.items()}
        faults = {row: [Fault("", "columns", detail)] for row, detail in read.misshapen.items()}
        good = np.ones(table.num_rows, dtype=np.bool_)
        doubtful = _doubtful(screened.values(), faults)
        if doubtful:
            rows = self._rows_of(given, doubtful)
            for place, found in self._judge.faults(rows).items():
                faults[doubtful[place]] = found
            self._mend(
                columns,
                {row: values for row, values in zip(doubtful, rows, strict=True) if row not in faults},
            )
        good[list(faults)] = False
        return Sifted(columns, good, faults)

    def _rows_of(self, given: Mapping[str, pa.Array], places: Sequence[int]) -> list[dict[str, Any]]:
        """Make JSON rows of some rows, as a request would hold them."""
        features = [feature for feature in self._contract if feature.name in given]
        taken = [_cells(given[feature.name].take(pa.array(places))) for feature in features]
        return [
            {feature.name: value_of(feature, cell) for feature, cell in zip(features, row, strict=True)}
            for row in zip(*taken, strict=True)
        ]

    def _mend(self, columns: dict[str, NDArray[Any]], rows: Mapping[int, Mapping[str, Any]]) -> None:
        """Write rows that turned out to be right into the columns."""
        for feature in self._contract if rows else ():
            column = columns[feature.name]
            columns[feature.name] = column = column if column.flags.writeable else column.copy()
            values = [row.get(feature.name, feature.default) for row in rows.values()]
            column[list(rows)] = column_from_values(feature, values)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    # Arrow has no `take` for views.
    return (column.cast(pa.string()) if pa.types.is_string_view(column.type) else column).combine_chunks()


def _cells(column: pa.Array) -> list[Any]:
    try:
        cells: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):  # Python's calendar ends in the year 9999, and at microseconds
        cells = column.cast(pa.string()).to_pylist()
    return cells


def _screen(feature: Feature, given: pa.Array | None, rows: int) -> Screened:
    if given is None:  # whoever opened the input made sure that there is a default
        return Screened(np.repeat(column_from_values(feature, [feature.default]), rows))
    return screen(feature, given)


def _doubtful(screened: Iterable[Screened], faults: Mapping[int, object]) -> list[int]:
    """List the rows to look at alone, without those that are refused already."""
    masks = [one.doubtful for one in screened if one.doubtful is not None]
    if not masks:
        return []
    return [row for row in np.flatnonzero(np.logical_or.reduce(masks)).tolist() if row not in faults]
