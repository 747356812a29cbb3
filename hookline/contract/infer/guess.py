"""Draft a contract from data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from hookline.contract.infer.column import guess_column
from hookline.contract.infer.data import Data
from hookline.contract.infer.draft import ColumnDraft, Draft
from hookline.contract.infer.suspects import answer_in_other_words, hint_of_the_answer, why_no_feature
from hookline.contract.infer.target import guess_target
from hookline.errors import DataError
from hookline.types import Task
from hookline.words import closest

__all__ = ["draft_contract"]

_UNNAMED = re.compile(r"Unnamed: \d+")
"""What pandas calls a column without a name."""


def draft_contract(
    data: Data, target: str, *, task: Task | None = None, identifiers: Sequence[str] = ()
) -> Draft:
    """Draft a contract for predicting `target`; columns named in `identifiers` are no features.

    Every column of the data is in the draft: as a feature, or left out with the reason.
    """
    frame = data.frame.rename(columns=str)
    for name in (target, *identifiers):
        _check_present(frame, name, data)
    if target in identifiers:
        raise DataError(
            f"{target!r} cannot be both target and identifier; name another column as one of them"
        )
    goal = guess_target(frame[target], task)
    columns = [
        _column(name, frame[name], frame[target], identifiers, complete=data.complete)
        for name in frame.columns
        if name != target
    ]
    draft = Draft(
        reading=data.reading,
        rows=len(frame),
        complete=data.complete,
        target=target,
        task=goal.task,
        task_reason=goal.reason,
        target_notes=goal.notes,
        columns=tuple(columns),
    )
    if not draft.features:
        reasons = (
            "; ".join(f"{column.name}: {column.left_out}" for column in columns) or "there is no other column"
        )
        raise DataError(f"{data.reading.path} has no column that could be a feature ({reasons})")
    return draft


def _check_present(frame: pd.DataFrame, name: str, data: Data) -> None:
    if name in frame.columns:
        return
    like = closest(name, frame.columns)
    known = ", ".join(frame.columns[:20]) + (", …" if len(frame.columns) > 20 else "")
    hint = f"did you mean {like!r}?" if like else f"it has: {known}"
    raise DataError(f"{data.reading.path} has no column {name!r}; {hint}")


def _column(
    name: str, series: pd.Series[Any], target: pd.Series[Any], identifiers: Sequence[str], *, complete: bool
) -> ColumnDraft:
    column = guess_column(name, series, complete=complete)
    if column.left_out is not None:
        return column
    if name in identifiers:
        reason: str | None = "the identifier of a row; set `service.ID_NAME` in config.yaml to have it logged"
    elif not name.strip() or name != name.strip() or not name.isprintable():
        reason = "its name is empty or has spaces around it; rename the column in DataLoader.load_data"
    elif _UNNAMED.fullmatch(name):
        reason = "it has no name in the file (an index?); name the column in DataLoader.load_data to use it"
    else:
        reason = why_no_feature(name, series) or answer_in_other_words(series, target)
    hint = None if reason else hint_of_the_answer(series, target)
    return replace(column, left_out=reason, notes=column.notes + ((hint,) if hint else ()))
