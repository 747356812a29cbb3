"""The rows to train on: loaded, and held against the contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.contract import Contract
from hookline.contract.conform import Conformed, Violation, conform
from hookline.errors import DataError
from hookline.hooks import Hooks, split_X_y
from hookline.hooks.answers import refuse
from hookline.words import counted

__all__ = ["Sample", "TrainingRows", "keep_contract", "split"]

NO_TARGET = "no target"


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Hold the rows that training uses, and what was wrong with the rows that were loaded."""

    frame: pd.DataFrame = field(repr=False)
    loaded: int
    violations: tuple[Violation, ...]

    @property
    def dropped(self) -> int:
        """Count the rows left out."""
        return self.loaded - len(self.frame)


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold features and target, row by row."""

    X: pd.DataFrame = field(repr=False)
    y: Any = field(repr=False)

    def take(self, rows: NDArray[np.int64]) -> Sample:
        """Pick rows by position."""
        return Sample(
            self.X.iloc[rows], self.y.iloc[rows] if hasattr(self.y, "iloc") else np.asarray(self.y)[rows]
        )


def keep_contract(contract: Contract, frame: pd.DataFrame, on_violation: str) -> TrainingRows:
    """Do with rows that break the contract what `training.on_violation` says: fail, drop or keep."""
    if len(frame) == 0:
        raise DataError("DataLoader.load_data gave no rows; look at its filter, or at the file it reads")
    conformed = conform(contract, frame)
    holes = _without_target(contract, frame)
    violations = conformed.violations + holes
    if violations and on_violation == "fail":
        raise DataError(_refusal(violations, len(frame)))
    if holes and on_violation == "keep":
        raise DataError(
            f"{describe(holes[0], len(frame))}: rows without a target cannot be kept; "
            "set `training.on_violation: drop`, or fill them in DataLoader.load_data"
        )
    rows = _good_rows(contract, conformed) if on_violation == "drop" else conformed.frame
    if len(rows) == 0:
        raise DataError(f"no row is left: all {_sentences(violations, len(frame))}")
    return TrainingRows(rows, len(frame), violations)


def split(hooks: Hooks, frame: pd.DataFrame) -> Sample:
    """Let the project split the frame, and see that the features are still those of the contract."""
    # A shallow copy: what the hook does in place stays its own.
    X, y = split_X_y(hooks.new_preprocessor(), hooks.contract, frame.copy(deep=False))
    for name in hooks.contract.names:
        if X[name].dtype != frame[name].dtype:
            refuse(
                "Preprocessor.split_X_y",
                f"{X[name].dtype}",
                "change values in process_X, which requests pass through too",
                expected=f"{name!r} as it was loaded, {frame[name].dtype}",
            )
    return Sample(X, y)


def describe(violation: Violation, rows: int) -> str:
    """Write a violation as people read it: how many rows, which rule, the first values."""
    shown = ", ".join(f"{value} in row {row}" for row, value in violation.examples)
    return (
        f"{violation.feature!r}: {violation.rule} in {violation.count:,} of {counted(rows, 'row')} ({shown})"
    )


def _without_target(contract: Contract, frame: pd.DataFrame) -> tuple[Violation, ...]:
    if contract.target_label not in frame.columns:
        return ()  # split_X_y may build the target itself
    holes = frame[contract.target_label].isna().to_numpy()
    first = tuple((int(row), "null") for row in np.flatnonzero(holes)[:3])
    return (Violation(contract.target_label, NO_TARGET, int(holes.sum()), first),) if first else ()


def _good_rows(contract: Contract, conformed: Conformed) -> pd.DataFrame:
    rows = conformed.good_rows()
    if contract.target_label not in rows.columns:
        return rows
    holes = rows[contract.target_label].isna()
    return rows[~holes] if holes.any() else rows


def _refusal(violations: tuple[Violation, ...], rows: int) -> str:
    return (
        f"the data breaks the contract:\n{_sentences(violations, rows)}\n"
        "mend the data or features.yaml, or set `training.on_violation` to drop (such rows) or keep (them)"
    )


def _sentences(violations: tuple[Violation, ...], rows: int) -> str:
    return "\n".join(f"  {describe(violation, rows)}" for violation in violations)
