"""The measures, their targets, and what was seen."""

from __future__ import annotations

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
