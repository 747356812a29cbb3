"""How good predictions were, as far as the truth is known: by model version and by time, with coverage.

The newest truth of a prediction wins, whether it was told by prediction or by the caller's ID. Everything is
counted by SQLite; what comes out of it is small.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from hookline.predlog.query.filter import Filter
from hookline.predlog.query.names import names_of
from hookline.predlog.query.overview import width_of
from hookline.predlog.query.scores import Errors, classification, regression
from hookline.predlog.query.times import text_of
from hookline.predlog.query.walk import FOREVER, span

__all__ = ["Cell", "Quality", "quality"]

_BARS = 30
_JOINED = """
WITH told AS (
    SELECT prediction.rowid AS place, truth.at, truth.truth_id, truth.actual
    FROM truth CROSS JOIN prediction USING (prediction_id)
    UNION ALL
    SELECT prediction.rowid, truth.at, truth.truth_id, truth.actual
    FROM truth CROSS JOIN prediction INDEXED BY prediction_caller_id ON prediction.id = truth.id
    WHERE truth.prediction_id IS NULL AND truth.id IS NOT NULL
), newest AS (
    -- Beside max() SQLite takes the other columns from the row that has it.
    SELECT place, json_extract(actual, '$') AS actual, max(printf('%020d', at) || truth_id) FROM told
    GROUP BY place
)
SELECT model_version, (prediction.at - :start) / :width AS bar, class_name, newest.actual,
       count(*), sum(abs(value - newest.actual)), sum((value - newest.actual) * (value - newest.actual)),
       sum(value - newest.actual), sum(newest.actual), sum(newest.actual * newest.actual)
FROM newest CROSS JOIN prediction ON prediction.rowid = newest.place
WHERE prediction.at BETWEEN :since AND :until AND (:version IS NULL OR model_version = :version)
GROUP BY model_version, bar, class_name, CASE WHEN class_name IS NULL THEN NULL ELSE newest.actual END
"""
_HELD = """
SELECT count(*) FROM truth WHERE NOT EXISTS (
    SELECT 1 FROM prediction WHERE prediction.prediction_id = truth.prediction_id
) AND NOT EXISTS (
    SELECT 1 FROM prediction WHERE truth.prediction_id IS NULL AND prediction.id = truth.id
)
"""


@dataclass(slots=True)
class Cell:
    """Hold one version's predictions of one span of time, or of all."""

    predictions: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Classification: how often which class was predicted and which was true."""
    errors: Errors = field(default_factory=Errors)
    """Regression: sums over the errors."""

    @property
    def known(self) -> int:
        """Count the predictions whose truth is known."""
        return self.pairs.total() + self.errors.number

    def scores(self) -> dict[str, Any]:
        """Return coverage and metrics; null where there is nothing to measure."""
        coverage = self.known / self.predictions if self.predictions else 0.0
        found = classification(self.pairs) if self.pairs else regression(self.errors)
        return {
            "predictions": self.predictions,
            "truths": self.known,
            "coverage": round(coverage, 6),
            **found,
        }

    def add(self, other: Cell) -> None:
        """Take the numbers of another span, too."""
        self.predictions += other.predictions
        self.pairs += other.pairs
        self.errors = self.errors.plus(other.errors)


@dataclass(frozen=True, slots=True)
class Quality:
    """Hold the cells by version and bar; bars are `width` microseconds wide, the first begins at `start`."""

    start: int
    width: int
    bars: int
    versions: Mapping[str, Sequence[Cell]]
    truths: int
    held: int

    def total(self, version: str) -> Cell:
        """Return all of a version's time."""
        found = Cell()
        for cell in self.versions[version]:
            found.add(cell)
        return found

    def as_json(self, zone: tzinfo = UTC) -> dict[str, Any]:
        """Write it for machines."""
        return {
            "truths": self.truths,
            "unmatched": self.held,
            "window_seconds": self.width // 1_000_000,
            "versions": [
                {
                    "model_version": version,
                    **self.total(version).scores(),
                    "confusion": _confusion(self.total(version).pairs),
                    "windows": [
                        {"start": text_of(self.start + bar * self.width, zone), **cell.scores()}
                        for bar, cell in enumerate(cells)
                        if cell.predictions
                    ],
                }
                for version, cells in self.versions.items()
            ],
        }


def quality(connection: sqlite3.Connection, wanted: Filter, *, bars: int = _BARS) -> Quality:
    """Join predictions and truths; `wanted` may name a time and a version."""
    (truths,) = connection.execute("SELECT count(*) FROM truth").fetchone()
    (held,) = connection.execute(_HELD).fetchone()
    first, last = span(connection, wanted, FOREVER if wanted.until is None else wanted.until - 1)
    if first > last:
        return Quality(0, 1, 0, {}, truths, held)
    width = width_of(first, last, bars)
    start = first // width * width
    count = (last - start) // width + 1
    cells: dict[str, list[Cell]] = defaultdict(lambda: [Cell() for _ in range(count)])
    for version in [wanted.model_version] if wanted.model_version else names_of(connection).versions:
        _predicted(connection, version, cells[version], (start, width), (first, last))
    values = {"start": start, "width": width, "since": first, "until": last, "version": wanted.model_version}
    for version, bar, label, actual, number, *sums in connection.execute(_JOINED, values):
        cell = cells[str(version)][bar]
        if label is None:
            cell.errors = cell.errors.plus(Errors(number, *(one or 0.0 for one in sums)))
        else:
            cell.pairs[label, str(actual)] += number
    there = {version: found for version, found in cells.items() if any(cell.predictions for cell in found)}
    return Quality(start, width, count, there, truths, held)


def _predicted(
    connection: sqlite3.Connection,
    version: str,
    cells: Sequence[Cell],
    place: tuple[int, int],
    between: tuple[int, int],
) -> None:
    start, width = place
    for bar, cell in enumerate(cells):
        since, until = max(between[0], start + bar * width), min(between[1], start + (bar + 1) * width - 1)
        (cell.predictions,) = connection.execute(
            "SELECT count(*) FROM prediction INDEXED BY prediction_version "
            "WHERE model_version = ? AND at BETWEEN ? AND ?",
            (version, since, until),
        ).fetchone()


def _confusion(pairs: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"predicted": predicted, "actual": actual, "count": count}
        for (predicted, actual), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    ]
