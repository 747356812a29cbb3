"""A place that is written: its segments, one after the other, and what is said about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hookline.predlog.journal.place import Place, sync_path
from hookline.predlog.journal.read import segment_name
from hookline.predlog.journal.segment import Segment

__all__ = ["Rolling", "Volume"]


@dataclass(frozen=True, slots=True)
class Rolling:
    """Hold when a segment is finished, and whether what is written must survive power loss."""

    size: int = 1 << 26
    seconds: float = 3600.0
    sync: bool = False


class Volume:
    """Write into a new place below `journal`."""

    def __init__(self, journal: Path, rolling: Rolling) -> None:
        self._place = Place.make(journal)
        self._rolling = rolling
        self._segment: Segment | None = None
        self._number = 0
        self._synced = (1, 0)
        self._ends = 0.0
        if rolling.sync:
            try:
                sync_path(journal)
            except OSError:
                # Otherwise each try would leave a folder that seems to be alive, and an open file.
                self._place.remove()
                raise

    @property
    def folder(self) -> Path:
        """Return the folder."""
        return self._place.folder

    @property
    def lost(self) -> bool:
        """Tell whether somebody removed it under us."""
        return self._place.lost or (self._segment is not None and self._segment.gone)

    def add(self, data: bytes, records: int, now: float) -> None:
        """Write lines; all of them hold when this returns, and none if it raises `OSError`."""
        segment = self._segment
        if segment is not None and (segment.size + len(data) > self._rolling.size or now >= self._ends):
            self.finish()
            segment = self._segment
        if segment is None:
            segment = self._begin(now)
        segment.add(data, sync=self._rolling.sync)
        self._place.counts.append(records, segment.size)

    def finish(self) -> None:
        """Write no more into the segment if anything is in it: only what is finished can be removed."""
        segment = self._segment
        if segment is not None and segment.size and not segment.spoilt:
            self._place.counts.begin(self._number + 1)
            segment.close()
            self._segment = None

    def touched(self) -> list[Path]:
        """Name the segments that were written since this was last asked."""
        before, self._synced = (
            self._synced,
            (self._number, 0 if self._segment is None else self._segment.size),
        )
        if self._synced == before:
            return []
        return [self.folder / segment_name(number) for number in range(before[0], self._number + 1)]

    def drop(self, records: int) -> None:
        """Count records that were lost."""
        self._place.counts.drop(records)

    def close(self) -> None:
        """Let go of it; others may finish what is written."""
        if self._segment is not None:
            self._segment.close()
        self._place.close()

    def _begin(self, now: float) -> Segment:
        segment = Segment(self.folder, self._number + 1)
        self._number += 1
        self._segment = segment
        self._place.counts.begin(self._number)
        self._ends = now + self._rolling.seconds
        if self._rolling.sync:
            sync_path(self.folder)
        return segment
