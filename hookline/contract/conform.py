"""Hold training data against the contract: the dtypes a request has, and every rule that a row breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from hookline.contract.cast import Mask, UnusableColumnError, cast
from hookline.contract.contract import Contract
from hookline.contract.feature import Feature
from hookline.contract.rules import broken_rules
from hookline.errors import DataError
from hookline.words import closest

__all__ = ["Conformed", "Violation", "conform"]

_EXAMPLES = 3
_LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Violation:
    """Say which rule of a feature is broken, by how many rows, and show the first of them.

    An example is the row's position (as in `frame.iloc`) and its value; the value of a feature that the
    prediction log hashes or drops is never shown.
    """

    feature: str
    rule: str
    count: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Conformed:
    """Hold training data in the contract's dtypes, and what in it breaks the contract.

    `frame` has the features in the contract's order, then every other column untouched. A cell that could
    not be cast is null in it; an int or bool column with such cells, which has no null, is float64 as long
    as they are in. `bad` marks the rows with violations; `good_rows` leaves them out.
    """

    contract: Contract = field(repr=False)
    frame: pd.DataFrame = field(repr=False)
    violations: tuple[Violation, ...]
    bad: Mask = field(repr=False)

    def good_rows(self) -> pd.DataFrame:
        """Return the rows that keep the contract, with exactly the contract's dtypes."""
        if not self.violations:
            return self.frame
        frame = self.frame[~self.bad]
        dtypes = {f.name: f.dtype for f in self.contract if not f.is_text}
        return frame.astype({name: dtype for name, dtype in dtypes.items() if frame[name].dtype != dtype})


def conform(contract: Contract, frame: pd.DataFrame) -> Conformed:
    """Cast the features in `frame` to the contract's dtypes, and find every cell that breaks a rule.

    Columns that are right already are not copied. Raises DataError where a feature is missing or its whole
    column is of a kind that it can never be.
    """
    _check_columns(contract, frame)
    series: dict[str, pd.Series[Any]] = {}
    violations: list[Violation] = []
    bad = np.zeros(len(frame), dtype=np.bool_)
    unusable: list[str] = []
    as_loaded = tuple(frame.columns[: len(contract.names)]) == contract.names
    for feature in contract:
        try:
            done = cast(feature, loaded := frame[feature.name])
        except UnusableColumnError as error:
            unusable.append(str(error))
            continue
        for rule, rows in broken_rules(feature, done.series):
            done.flag(rule, rows)
        for rule, rows in done.faults.items():
            bad |= rows
            violations.append(_violation(feature, rule, rows, loaded))
        series[feature.name] = done.series
        as_loaded &= done.series is loaded
    if unusable:
        raise DataError("\n".join(unusable))
    # The frame itself is best: its columns lie in one block, and what hooks do with them needs no copy.
    conformed = frame if as_loaded else _assemble(frame, series)
    return Conformed(contract, conformed, tuple(violations), bad)


def _check_columns(contract: Contract, frame: pd.DataFrame) -> None:
    double = list(frame.columns[frame.columns.duplicated()].unique())
    if double:
        raise DataError(
            f"the data has several columns called {_quoted(double)}; keep one of each in DataLoader.load_data"
        )
    present = set(frame.columns)
    missing = [name for name in contract.names if name not in present]
    if missing:
        found = [str(name) for name in frame.columns]
        hints = "; ".join(_hint(name, found) for name in missing)
        raise DataError(
            f"the data lacks {len(missing)} of {len(contract.names)} features: {hints}. Return every feature "
            "of features.yaml from DataLoader.load_data, or take it out of features.yaml"
        )


def _hint(name: str, found: list[str]) -> str:
    like = closest(name, found)
    return f"{name!r} (closest column: {like!r})" if like else repr(name)


def _quoted(names: list[Any]) -> str:
    return ", ".join(repr(name) for name in names)


def _violation(feature: Feature, rule: str, rows: Mask, series: pd.Series[Any]) -> Violation:
    first = np.flatnonzero(rows)[:_EXAMPLES]
    return Violation(
        feature=feature.name,
        rule=rule,
        count=int(rows.sum()),
        examples=tuple((int(row), _shown(feature, series.iloc[row])) for row in first),
    )


def _shown(feature: Feature, value: Any) -> str:
    if feature.log != "raw":
        return f"(not shown: log is {feature.log})"
    text = "null" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"


def _assemble(frame: pd.DataFrame, series: dict[str, pd.Series[Any]]) -> pd.DataFrame:
    others: Iterator[Any] = (name for name in frame.columns if name not in series)
    return pd.DataFrame({**series, **{name: frame[name] for name in others}}, index=frame.index, copy=False)
