"""Guess from the target which task it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types as kinds

from hookline.contract.infer.column import distinct_words, is_number
from hookline.errors import DataError
from hookline.types import Task
from hookline.words import counted

__all__ = ["TargetDraft", "guess_target"]

_MOST_CLASSES = 20


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """Hold the task, why it is that one, and what a person should know about the target."""

    task: Task
    reason: str
    notes: tuple[str, ...]


def guess_target(target: pd.Series[Any], task: Task | None) -> TargetDraft:
    """Guess the task, unless it is given."""
    values = target.dropna()
    if values.empty:
        raise DataError(f"target {target.name!r} holds nothing but nulls; name the column to predict")
    values = _plain(values)
    guessed, reason = _guess(values)
    nulls = len(target) - len(values)
    notes = []
    if nulls:
        notes.append(f"{nulls} of {len(target)} rows have no target: leave them out in DataLoader.load_data.")
    if values.nunique() == 1:
        notes.append(f"The target is always {values.iloc[0]}: there is nothing to learn.")
    if task == "regression" and not is_number(values):
        raise DataError(
            f"target {target.name!r} is not a number ({distinct_words(values)}); regression needs one"
        )
    return TargetDraft(task or guessed, reason if task in (None, guessed) else "as told", tuple(notes))


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return the values as what they are; refuse what is no class and no number."""
    if values.dtype != object:
        return values
    odd = {type(value).__name__ for value in values if not isinstance(value, str | Number)}
    if odd:
        raise DataError(f"target {values.name!r} holds {min(odd)}; a model answers classes or numbers")
    return values.astype(float) if all(isinstance(value, Decimal) for value in values) else values


def _guess(values: pd.Series[Any]) -> tuple[Task, str]:
    distinct = values.nunique()
    if not is_number(values):
        if kinds.is_datetime64_any_dtype(values.dtype):
            raise DataError(f"target {values.name!r} holds times; a model answers classes or numbers")
        return "classification", f"{distinct} classes: {distinct_words(values)}"
    numbers = values.astype(float)
    whole = bool((numbers == np.floor(numbers)).all())
    if whole and distinct <= _MOST_CLASSES and distinct <= max(2, len(values) // 5):
        return "classification", f"{counted(distinct, 'whole number')}: {distinct_words(values)}"
    return "regression", f"numbers from {values.min()} to {values.max()}"
