"""What is no longer in the journal, as numbers: it must add up after the files are gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hookline.errors import LogStateError
from hookline.predlog.atomic import replace_file
from hookline.predlog.sinks.sink import Position
from hookline.predlog.trail import Counted

__all__ = ["Removed", "Totals", "TotalsFile"]


@dataclass(frozen=True, slots=True)
class Removed:
    """Say up to which segment a writer's journal was removed, and how many rows that were."""

    segment: int = 0
    rows: int = 0

    @property
    def end(self) -> Position:
        """Return where the journal begins now. A crash may have left files before it."""
        return Position(self.segment + 1, 0)


@dataclass(slots=True)
class Totals:
    """Hold the numbers of what is gone."""

    appended: int = 0
    dropped: int = 0
    removed: dict[str, Removed] = field(default_factory=dict)
    folded: list[str] = field(default_factory=list)
    """Writers that are counted here, whose folders may still have to be deleted."""
    sinks: list[str] = field(default_factory=list)
    """Sinks that nothing was removed without."""

    @classmethod
    def load(cls, path: Path) -> Totals:
        """Read the numbers; all are zero before there is a file."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            found["removed"] = {writer: Removed(**numbers) for writer, numbers in found["removed"].items()}
            return cls(**found)
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError, KeyError) as error:
            raise LogStateError(
                f"{path} is damaged ({error}) and the log does not add up without it; put a copy back, or "
                "delete it and let `hookline logs verify` say how much is not accounted for"
            ) from error


class TotalsFile:
    """Keep the numbers; the shipper alone does. Each change is on the disk before anything is deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._totals = Totals.load(path)

    @property
    def gone(self) -> Counted:
        """Return what the writers counted whose journals are gone."""
        return Counted(self._totals.appended, self._totals.dropped)

    @property
    def folded(self) -> list[str]:
        """List writers that are counted, whose folders are to be deleted."""
        return list(self._totals.folded)

    def removed(self, writer: str) -> Removed:
        """Return what was removed of a writer's journal."""
        return self._totals.removed.get(writer, Removed())

    def knows(self, sink: str) -> bool:
        """Tell whether nothing was removed without asking this sink."""
        return sink in self._totals.sinks

    def welcome(self, sink: str) -> None:
        """Ask this sink from now on."""
        with self._lock:
            if sink not in self._totals.sinks:
                self._totals.sinks.append(sink)
                self._save()

    def keep_only(self, sinks: Iterable[str]) -> None:
        """Ask no sink any more that is switched off."""
        with self._lock:
            wanted = set(sinks)
            kept = [sink for sink in self._totals.sinks if sink in wanted]
            if kept != self._totals.sinks:
                self._totals.sinks = kept
                self._save()

    def remove(self, writer: str, segment: int, rows: int) -> None:
        """Count rows of segments that are about to be deleted, up to `segment`."""
        with self._lock:
            before = self.removed(writer)
            self._totals.removed[writer] = Removed(segment, before.rows + rows)
            self._save()

    def fold(self, writer: str, counts: Counted) -> None:
        """Add up a writer whose folder is about to be deleted."""
        with self._lock:
            self._totals.appended += counts.appended
            self._totals.dropped += counts.dropped
            self._totals.removed.pop(writer, None)
            self._totals.folded.append(writer)
            self._save()

    def deleted(self, writer: str) -> None:
        """Forget the name of a writer whose folder is deleted."""
        with self._lock:
            self._totals.folded.remove(writer)
            self._save()

    def _save(self) -> None:
        replace_file(self._path, json.dumps(asdict(self._totals)))
