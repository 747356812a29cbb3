"""The measures, their targets, and what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass
class Measure:
    """One line of the table."""

    name: str
    target: str
    value: float
    reached: bool
    detail: dict[str, float]

    def plain(self) -> dict[str, Any]:
        """Return the line as JSON data."""
        return asdict(self)


def at_least(
    name: str, value: float, bound: float, unit: str = _TIMES, *, detail: dict[str, float]
) -> Measure:
    """Make a line whose value should be large."""
    return Measure(name, f"≥ {bound:g} {unit}", value, value >= bound, detail)


def at_most(
    name: str, value: float, bound: float, unit: str = _TIMES, *, detail: dict[str, float]
) -> Measure:
    """Make a line whose value should be small."""
    return Measure(name, f"≤ {bound:g} {unit}", value, value <= bound, detail)


def table(measures: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write lines as they are kept in results/."""
    yield "| measure | target | seen | reached | |\n|---|---:|---:|:---:|---|"
    for measure in measures:
        detail = ", ".join(f"{name} {value:,.4g}" for name, value in measure["detail"].items())
        reached = "yes" if measure["reached"] else "**no**"
        yield f"| {measure['name']} | {measure['target']} | {measure['value']:.3g} | {reached} | {detail} |"
