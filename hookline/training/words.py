"""Values and lists as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["figure", "listed", "share"]


def listed(values: Iterable[Any], most: int = 3) -> str:
    """Write the first few values, and say how many more there are."""
    words = [repr(str(value)) for value in values]
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def share(part: float) -> str:
    """Write a part of one in percent, never rounding something to nothing."""
    if 0 < part < 0.001:
        return "< 0.1 %"
    return f"{part * 100:.1f} %".replace(".0 %", " %")


def figure(value: float | None) -> str:
    """Write a measured value with three or four digits that matter; a dash for none."""
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.4g}"
    return f"{value:.3f}" if abs(value) >= 0.001 or value == 0 else f"{value:.1e}"
