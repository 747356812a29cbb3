"""How far a sink has come in each writer's journal, and what became of the records before that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from hookline.errors import LogStateError
from hookline.predlog.atomic import replace_file

__all__ = ["GONE", "Cursor", "CursorFile", "Cursors"]

GONE = ""
"""Stands for all writers whose journals are gone: their numbers added up."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Hold a place in one writer's journal, and how many records before it ended how."""

    segment: int = 0
    offset: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    skipped: int = 0
    """Records that were not for this sink: gone before it was switched on, or erased."""

    @property
    def passed(self) -> int:
        """Count the records before the place."""
        return self.delivered + self.dead_lettered + self.skipped

    def plus(self, other: Cursor) -> Cursor:
        """Add up the numbers; the place stays."""
        return replace(
            self,
            delivered=self.delivered + other.delivered,
            dead_lettered=self.dead_lettered + other.dead_lettered,
            skipped=self.skipped + other.skipped,
        )


class Cursors(Protocol):
    """Keep the cursors of one sink through a crash."""

    def load(self) -> dict[str, Cursor]:
        """Return the cursor of every writer that has one."""
        ...

    def save(self, changed: Mapping[str, Cursor], forgotten: Iterable[str] = ()) -> None:
        """Keep these from now on and forget others, all or nothing."""
        ...


class CursorFile:
    """Keep cursors in a small file, which is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Cursor]:
        """Return the cursor of every writer that has one."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return {writer: Cursor(**numbers) for writer, numbers in found.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError) as error:
            raise LogStateError(
                f"{self._path} is damaged ({error}); delete it to have the sink begin with what the journal "
                "holds, some of it for the second time"
            ) from error

    def save(self, changed: Mapping[str, Cursor], forgotten: Iterable[str] = ()) -> None:
        """Keep these from now on and forget others, all or nothing."""
        kept = {**self.load(), **changed}
        for writer in forgotten:
            kept.pop(writer, None)
        replace_file(self._path, json.dumps({writer: asdict(cursor) for writer, cursor in kept.items()}))
