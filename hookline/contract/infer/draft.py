"""A drafted contract, with what was seen in each column. Knows neither files nor YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookline.contract.contract import Contract
from hookline.contract.infer.data import Reading
from hookline.contract.parse import contract_from_plain
from hookline.types import Task

__all__ = ["ColumnDraft", "Draft"]


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """Hold the declaration of one column, and what a person should know about it.

    `declaration` is a feature as features.yaml has it; `facts` is what was observed, in few words; `notes`
    are things to decide. A column with `left_out` is no feature of the draft, for the reason it says.
    """

    declaration: dict[str, Any]
    facts: str
    notes: tuple[str, ...] = ()
    left_out: str | None = None

    @property
    def name(self) -> str:
        """Return the column's name."""
        return str(self.declaration["name"])


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a drafted contract: columns in the data's order, the target not among them."""

    reading: Reading
    rows: int
    complete: bool
    target: str
    task: Task
    task_reason: str
    target_notes: tuple[str, ...]
    columns: tuple[ColumnDraft, ...]

    @property
    def features(self) -> tuple[ColumnDraft, ...]:
        """List the columns that are features of the draft."""
        return tuple(column for column in self.columns if column.left_out is None)

    @property
    def left_out(self) -> tuple[ColumnDraft, ...]:
        """List the columns that are not."""
        return tuple(column for column in self.columns if column.left_out is not None)

    @property
    def contract(self) -> Contract:
        """Return the contract that is drafted."""
        features = [column.declaration for column in self.features]
        plain = {"task": self.task, "target_label": self.target, "input_features": features}
        return contract_from_plain(plain, name="the draft")
