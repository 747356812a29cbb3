"""A piece of input on its way to be scored; it may travel to another machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import pyarrow as pa

__all__ = ["Chunk", "Position", "Read", "TableChunk"]

Position: TypeAlias = tuple[int, ...]
"""Where a source goes on behind a chunk; only the source that gave it can read it."""


@dataclass(frozen=True, slots=True)
class Read:
    """Hold the rows of a chunk. A row that is no row of the table has nulls in it, and its fault here."""

    table: pa.Table
    misshapen: Mapping[int, str] = field(default_factory=dict)


class Chunk(Protocol):
    """Hold some rows, read or not."""

    @property
    def end(self) -> Position:
        """Say where the source goes on behind this chunk."""

    @property
    def share(self) -> float:
        """Say how much of the whole input is done with this chunk, from 0 to 1."""

    def read(self) -> Read:
        """Return the rows."""


@dataclass(frozen=True, slots=True)
class TableChunk:
    """Hold rows that are read already."""

    table: pa.Table
    end: Position
    share: float

    def read(self) -> Read:
        """Return the rows."""
        return Read(self.table)
