"""A table to begin with: what of it becomes a feature, and how each feature reaches a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hookline.contract.infer import ColumnDraft, Data, Draft, draft_contract, read_data
from hookline.contract.infer.suspects import hint_of_the_answer
from hookline.errors import DataError
from hookline.scaffold.notation import Notations, numbers_beside_words, read_notations
from hookline.training.target import too_many
from hookline.types import Task
from hookline.words import counted, listed

__all__ = ["Drafted", "draft_table"]

ROWS = 1_000_000
"""More rows are not looked at."""
FEW_WORDS = 50
"""Of categories with more, the rare ones count as one."""
LONGEST_CODE = 40


@dataclass(frozen=True)
class Drafted:
    """Hold the draft, the rows as the drafted loader will give them, and the features by their kind."""

    draft: Draft
    frame: pd.DataFrame
    without_target: int
    infinite: bool
    """Whether the file holds infinity, which the loader makes null."""
    notations: Notations
    """What is written for people, and read by the loader."""

    def named(self, *kinds: str, nullable: bool = False) -> list[str]:
        """List features by their type and by whether they may be null."""
        return [one.name for one in self.draft.contract if one.type in kinds and one.nullable is nullable]

    @property
    def words(self) -> list[str]:
        """List the categories of few words."""
        return [one.name for one in self._categories() if self._distinct(one.name) <= FEW_WORDS]

    @property
    def many_words(self) -> list[str]:
        """List the categories of many."""
        return [one.name for one in self._categories() if self._distinct(one.name) > FEW_WORDS]

    @property
    def times(self) -> list[str]:
        """List the times, null or not."""
        return self.named("datetime") + self.named("datetime", nullable=True)

    def _categories(self) -> list[Any]:
        return [one for one in self.draft.contract if one.type == "category"]

    def _distinct(self, name: str) -> int:
        return int(self.frame[name].nunique())


def draft_table(
    path: Path, target: str, *, identifiers: Sequence[str] = (), task: Task | None = None
) -> Drafted:
    """Read a file and draft from it; what cannot help, or would be the answer itself, is left out."""
    data = read_data(path, rows=ROWS)
    frame = data.frame.rename(columns=str)
    infinite = bool(np.isinf(frame.select_dtypes("number").astype("float64").to_numpy()).any())
    if infinite:
        frame = frame.replace([np.inf, -np.inf], np.nan)
    notations = read_notations(frame, but=identifiers)
    frame = notations.applied(frame)
    draft = draft_contract(
        Data(frame, data.complete, data.reading), target, task=task, identifiers=identifiers
    )
    known = frame[target].notna()
    kept = frame[known].reset_index(drop=True)
    _check_target(draft, kept[target], path)
    columns = tuple(_pruned(column, kept, target) for column in draft.columns)
    # What the notes on the target ask for, the drafted loader does.
    draft = replace(draft, columns=columns, target_notes=())
    if not draft.features:
        reasons = "; ".join(f"{column.name}: {column.left_out}" for column in draft.left_out)
        raise DataError(f"{path} has no column to predict {target!r} from ({reasons})")
    return Drafted(draft, kept, int((~known).sum()), infinite, notations)


def _check_target(draft: Draft, target: pd.Series[Any], path: Path) -> None:
    """Refuse what training would refuse later."""
    distinct = int(target.nunique())
    if len(target) < 10:
        raise DataError(f"{path} has {counted(len(target), 'row')} with a target; give ten at least")
    if distinct == 1:
        raise DataError(
            f"target {draft.target!r} is {target.iloc[0]} in every row of {path}; there is nothing to learn"
        )
    if draft.task == "classification" and too_many(distinct, len(target)):
        numbers = pd.api.types.is_numeric_dtype(target.dtype)
        remedy = "say --task regression" if numbers else "is it the column to predict?"
        raise DataError(
            f"target {draft.target!r} has {distinct:,} distinct values in {counted(len(target), 'row')} "
            f"({listed(target.unique(), 3)}), too many for a classification; {remedy}"
        )


def _pruned(column: ColumnDraft, frame: pd.DataFrame, target: str) -> ColumnDraft:
    """Leave out what the drafted model could not use, or what would make its metrics too good to be true."""
    if column.left_out is not None:
        return column
    hint = hint_of_the_answer(frame[column.name], frame[target])
    if hint is not None:
        kept = tuple(note for note in column.notes if note != hint)
        return replace(column, notes=kept, left_out=f"{hint[0].lower()}{hint[1:]} If so, take it in")
    if column.declaration["type"] == "string":
        return _of_text(column, frame[column.name].dropna())
    return column


def _of_text(column: ColumnDraft, values: pd.Series[Any]) -> ColumnDraft:
    """Take text whose values come again for codes, and leave out what is written freely."""
    if words := numbers_beside_words(values):
        beside = f"numbers beside {listed(words)}: say in DataLoader.load_data what that stands for"
        return replace(column, left_out=beside)
    if readable := [note for note in column.notes if note.startswith("Looks like")]:
        return replace(column, left_out=f"l{readable[0][1:]}".rstrip("."))
    if values.nunique() > len(values) // 3 or values.str.len().max() > LONGEST_CODE:
        codes = not values.str.contains(" ").any()
        seen = "codes of which most hardly come again, too many to learn from"
        return replace(column, left_out=seen if codes else "free text, which the drafted model does not read")
    category = column.declaration | {"type": "category", "unknown": "accept"}
    return replace(column, declaration=category, notes=())
