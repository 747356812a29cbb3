"""A feature's values in a few words."""

from __future__ import annotations

from typing import Any

from hookline.training.words import share

__all__ = ["summary"]

_MOST = 4


def summary(seen: dict[str, Any]) -> str:
    """Say what the profile knows about a feature; of a personal one, nothing."""
    if "hidden" in seen:
        return f"not shown ({seen['hidden']})"
    if "length" in seen:
        length = seen["length"]
        return f"{seen['distinct']:,} different, {length['min']:.0f} to {length['max']:.0f} letters"
    if "shares" in seen:
        shown = [f"{value} {share(part)}" for value, part in list(seen["shares"].items())[:_MOST]]
        return ", ".join(shown) + (", …" if seen["distinct"] > _MOST else "")
    if "quantiles" in seen:
        return " … ".join(_value(value) for value in (seen["min"], seen["quantiles"]["0.5"], seen["max"]))
    return "only null"


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return value[:10]  # a time: the day is enough
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
