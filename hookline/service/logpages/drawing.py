"""Charts as shapes in a box of 1000 by 100, which the page stretches; words stand outside it, in HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from math import ceil, floor, log10

from hookline.predlog.query.overview import Overview, quantile
from hookline.predlog.query.times import DAY, text_of

__all__ = ["Chart", "Column", "Line", "Part", "Share", "columns", "latency", "over_time", "shares", "values"]

WIDTH, HEIGHT = 1000.0, 100.0
_GAP = 0.12


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of a column."""

    colour: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a stack of parts, and what is said of it."""

    x: float
    width: float
    parts: Sequence[Part]
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, in a colour."""

    colour: str
    points: str
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Hold shapes, the words at the axes, and the chart in a sentence."""

    words: str
    columns: Sequence[Column] = ()
    lines: Sequence[Line] = ()
    top: str = ""
    ticks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """How much of everything a class is."""

    name: str
    colour: int
    count: int
    percent: float


def columns(found: Overview, zone: tzinfo) -> Chart:
    """Draw how many predictions there were, one class upon the other."""
    most = _round_up(max(bar.count for bar in found.bars))
    step = WIDTH / len(found.bars)
    drawn = []
    for number, bar in enumerate(found.bars):
        parts, y = [], HEIGHT
        stack = [(colour, bar.classes[name]) for colour, name in enumerate(found.classes)] or [(0, bar.count)]
        for colour, count in stack:
            height = HEIGHT * count / most
            y -= height
            if count:
                parts.append(Part(colour, round(y, 2), round(height, 2)))
        by_class = "".join(f"\n{name} {bar.classes[name]:,}" for name in found.classes if bar.classes[name])
        words = f"{_moment(bar.start, found.width, zone)}: {bar.count:,}{by_class}"
        drawn.append(Column(round((number + _GAP / 2) * step, 2), round(step * (1 - _GAP), 2), parts, words))
    words = f"{found.count:,} predictions, at most {max(bar.count for bar in found.bars):,} a column"
    return Chart(
        words, columns=drawn, top=_short(most), ticks=_ticks(found.since, found.width, len(found.bars), zone)
    )


def latency(found: Overview, zone: tzinfo) -> Chart | None:
    """Draw the middle latency and the one that 95 of 100 predictions keep."""
    series = {
        name: [quantile(bar.ms, share) for bar in found.bars] for name, share in (("p95", 0.95), ("p50", 0.5))
    }
    return over_time(series, (found.since, found.width), zone, what="milliseconds")


def values(found: Overview, zone: tzinfo) -> Chart | None:
    """Draw where the predicted values lie: the middle one, and the tenth from either end."""
    shares = (("p90", 0.9), ("p50", 0.5), ("p10", 0.1))
    series = {name: [quantile(bar.values, share) for bar in found.bars] for name, share in shares}
    return over_time(series, (found.since, found.width), zone, what="value")


def shares(found: Overview) -> list[Share]:
    """Return the classes with their part of everything."""
    totals = {name: sum(bar.classes[name] for bar in found.bars) for name in found.classes}
    everything = sum(totals.values()) or 1
    return [
        Share(name, colour, count, round(100 * count / everything, 1))
        for colour, (name, count) in enumerate(totals.items())
    ]


def over_time(
    series: Mapping[str, Sequence[float | None]],
    place: tuple[int, int],
    zone: tzinfo,
    *,
    highest: float | None = None,
    what: str = "",
) -> Chart | None:
    """Draw numbers of spans of time; `place` is where the first begins, and how wide they are."""
    known = [number for numbers in series.values() for number in numbers if number is not None]
    if not known:
        return None
    low, high = min(0.0, *known), highest or max(known)
    high = _round_up(high) if high > 0 else 1.0
    count = len(next(iter(series.values())))
    step = WIDTH / count
    lines = []
    for name, numbers in series.items():
        points = [
            f"{(number_of + 0.5) * step:.1f},{HEIGHT - HEIGHT * (number - low) / (high - low):.2f}"
            for number_of, number in enumerate(numbers)
            if number is not None
        ]
        if len(points) == 1:  # a line needs two ends
            x, _, y = points[0].partition(",")
            points.append(f"{float(x) + step / 2:.1f},{y}")
        lines.append(Line(name, " ".join(points), name.replace("_", " ")))
    newest = [
        f"{name} {next((n for n in reversed(numbers) if n is not None), 0):.3g}"
        for name, numbers in series.items()
    ]
    words = f"{what}{', ' if what else ''}newest: {', '.join(newest)}"
    return Chart(words, lines=lines, top=f"{high:,.4g}", ticks=_ticks(*place, count, zone))


def _ticks(start: int, width: int, count: int, zone: tzinfo) -> list[str]:
    return [_moment(start + number * width, width, zone) for number in (0, count // 2, count)]


def _moment(at: int, width: int, zone: tzinfo) -> str:
    text = text_of(at, zone)
    if width >= DAY:
        return text[:10]
    return text[5:16].replace("T", " ") if width >= DAY // 1440 else text[11:19]


def _round_up(number: float) -> float:
    if number <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(number))
    return next(
        step * unit for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * unit >= number * (1 - 1e-12)
    )


def _short(number: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{ceil(number):g}"
