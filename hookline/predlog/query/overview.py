"""What a chart of the log shows: how many predictions when, of which class, how fast.

Counts come from the indexes and are exact. Where an index does not tell classes apart, and for latencies and
values, each bar looks at a sample of its rows, taken all over it. A filter that no index answers is counted
row by row, newest first, for as long as there is time.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hookline.predlog.query.filter import Filter
from hookline.predlog.query.names import distinct
from hookline.predlog.query.times import DAY, SECOND
from hookline.predlog.query.walk import FOREVER, span, windows

__all__ = ["Bar", "Overview", "overview", "quantile", "width_of"]

OTHERS = "others"
MOST_CLASSES = 6
_MOST_NAMES = 40
_WIDTHS = [
    SECOND * n
    for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
]
_WIDTHS += [DAY * n for n in (1, 2, 7, 14, 30, 91, 365, 3650)]
_PARTS = 10
_SAMPLE = 100
"""Rows a bar looks at."""
_SPARSE = 50
"""Of so many rows it looks at one at least, so that reading the index does not take long."""
_SECONDS = 0.1


@dataclass(slots=True)
class Bar:
    """Hold one span of time: how many, by class, and a sample of latencies (ms) and values."""

    start: int
    count: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overview:
    """Hold the bars from oldest to newest, each `width` microseconds wide.

    `partial`: older ones match too, and there was no time to count them. `sampled`: classes are an estimate.
    """

    bars: Sequence[Bar]
    width: int
    classes: Sequence[str]
    partial: bool = False
    sampled: bool = False

    @property
    def count(self) -> int:
        """Count the predictions of all bars."""
        return sum(bar.count for bar in self.bars)

    def latency(self, share: float) -> float | None:
        """Return the latency that so large a share of all predictions does not exceed."""
        known = sorted((ms, bar.count / len(bar.ms)) for bar in self.bars for ms in bar.ms)
        left = share * sum(weight for _, weight in known)
        for ms, weight in known:
            left -= weight
            if left < 0:
                return ms
        return known[-1][0] if known else None

    @property
    def since(self) -> int:
        """Return where the first bar begins."""
        return self.bars[0].start

    @property
    def until(self) -> int:
        """Return where the last bar ends."""
        return self.bars[-1].start + self.width


def overview(
    connection: sqlite3.Connection, wanted: Filter, *, bars: int = 60, seconds: float = _SECONDS
) -> Overview | None:
    """Return the bars of everything that is wanted; None if there is nothing."""
    if wanted.prediction_id is not None:
        return None
    newest = FOREVER if wanted.until is None else wanted.until - 1
    first, last = span(connection, wanted, newest)
    if first > last:
        return None
    if wanted.rest():
        return _scanned(connection, wanted, last, bars, seconds)
    found = _empty(first, last, bars)
    names = (
        distinct(connection, "class_name", _MOST_NAMES + 1)
        if wanted.class_name is None
        else [wanted.class_name]
    )
    exact = len(names) <= _MOST_NAMES and (
        wanted.class_name is not None or wanted.drive().along == "prediction_at"
    )
    sampled = False
    for bar in found.bars:
        _look(connection, wanted, bar, (max(first, bar.start), min(last, bar.start + found.width - 1)))
        if exact:
            bar.classes = _by_class(connection, names, bar, found.width)
        elif 0 < (looked := bar.classes.total()) < bar.count:
            sampled = True
            bar.classes = Counter({name: round(n * bar.count / looked) for name, n in bar.classes.items()})
    return _grouped(found.bars, found.width, partial=False, sampled=sampled)


def quantile(numbers: Sequence[float], share: float) -> float | None:
    """Return the number that so large a share of `numbers` does not exceed."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def width_of(first: int, last: int, bars: int) -> int:
    """Return a round width, so that at most so many bars reach from the first time to the last."""
    return next((w for w in _WIDTHS if last // w - first // w < bars), (last - first) // bars + 1)


def _empty(first: int, last: int, bars: int) -> Overview:
    width = width_of(first, last, bars)
    start = first // width * width
    return Overview([Bar(at) for at in range(start, last + 1, width)], width, [])


def _by_class(connection: sqlite3.Connection, names: Sequence[str], bar: Bar, width: int) -> Counter[str]:
    # Not GROUP BY, which would sort; the last class is what the others leave.
    found: Counter[str] = Counter()
    for name in names:
        (found[name],) = connection.execute(
            "SELECT count(*) FROM prediction INDEXED BY prediction_class "
            "WHERE class_name = ? AND at BETWEEN ? AND ?",
            (name, bar.start, bar.start + width - 1),
        ).fetchone()
    return +found


def _look(connection: sqlite3.Connection, wanted: Filter, bar: Bar, between: tuple[int, int]) -> None:
    """Count a bar, and look at rows all over it, more where there are more; at all where they are few."""
    drive = wanted.drive()
    rows = f"FROM prediction INDEXED BY {drive.along} WHERE {drive.where.sql} AND at BETWEEN ? AND ?"
    first, last = between
    step = (last - first) // _PARTS + 1
    parts = [(start, min(start + step - 1, last)) for start in range(first, last + 1, step)]
    counts = [
        connection.execute(f"SELECT count(*) {rows}", (*drive.where.values, *part)).fetchone()[0]
        for part in parts
    ]
    bar.count = sum(counts)
    # Rows of one request stand together, so which of them are looked at must not go by their order.
    one_of = min(-(-bar.count // _SAMPLE), _SPARSE)
    some = f"SELECT class_name, ms, value {rows} AND (((rowid % 1000003) * 2654435761) >> 16) % ? = 0 LIMIT ?"
    for part, count in zip(parts, counts, strict=True):
        if count:
            most = count if one_of < _SPARSE else -(-_SAMPLE * count // bar.count)
            for row in connection.execute(some, (*drive.where.values, *part, one_of, most)):
                _take(bar, *row)


def _take(bar: Bar, label: str | None, ms: float | None, value: float | None) -> None:
    if label is not None:
        bar.classes[label] += 1
    if ms is not None:
        bar.ms.append(ms)
    if value is not None:
        bar.values.append(value)


def _scanned(
    connection: sqlite3.Connection, wanted: Filter, last: int, bars: int, seconds: float
) -> Overview | None:
    conditions = [wanted.drive().where, *wanted.rest()]
    sql = (
        f"SELECT at, class_name, ms, value FROM prediction INDEXED BY {wanted.drive().along} "  # noqa: S608
        f"WHERE {' AND '.join(one.sql for one in conditions)} AND at BETWEEN ? AND ?"
    )
    values = [value for one in conditions for value in one.values]
    rows: list[tuple[Any, ...]] = []
    partial = False
    for window in windows(connection, wanted, last, seconds):
        rows += connection.execute(sql, (*values, window.oldest, window.newest))
        partial = not window.last
    if not rows:
        return None
    times = [row[0] for row in rows]
    found = _empty(min(times), max(times), bars)
    for at, *row in rows:
        bar = found.bars[(at - found.since) // found.width]
        bar.count += 1
        _take(bar, *row)
    return _grouped(found.bars, found.width, partial=partial, sampled=False)


def _grouped(bars: Sequence[Bar], width: int, *, partial: bool, sampled: bool) -> Overview:
    """Keep the largest classes, and bring the others together."""
    totals: Counter[str] = Counter()
    for bar in bars:
        totals += bar.classes
    ordered = [name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
    kept = ordered if len(ordered) <= MOST_CLASSES else ordered[: MOST_CLASSES - 1]
    if len(kept) < len(ordered):
        for bar in bars:
            rest = sum(count for name, count in bar.classes.items() if name not in kept)
            bar.classes = Counter({name: bar.classes[name] for name in kept} | {OTHERS: rest})
        kept = [*kept, OTHERS]
    return Overview(bars, width, kept, partial, sampled)
