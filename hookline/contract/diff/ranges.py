"""Compare the bounds of numbers and the lengths of text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

from hookline.contract.diff.change import Change, breaking, safe
from hookline.contract.feature import Feature

__all__ = ["diff_lengths", "diff_ranges"]

Bound: TypeAlias = tuple[float, bool]
"""How far a bound reaches, so that more is wider, and whether the value itself is allowed."""

_WIDER = "more values are allowed than before"


def diff_ranges(old: Feature, new: Feature) -> Iterator[Change]:
    """Go through the changed bounds of a feature whose both types are numbers."""
    if {old.type, new.type} <= {"float", "int"}:
        yield from _diff_bound(old, new, "ge", "gt")
        yield from _diff_bound(old, new, "le", "lt")


def _diff_bound(old: Feature, new: Feature, closed: str, opened: str) -> Iterator[Change]:
    before, after = _spelled(old, closed, opened), _spelled(new, closed, opened)
    if before == after:
        return
    what = f"{before or 'no bound'} → {after or 'no bound'}"
    # Only values of the old type were ever sent, so both bounds are read as bounds of that type.
    reach = [_reach(feature, old.type, closed, opened) for feature in (old, new)]
    if reach[0] == reach[1]:
        yield safe(new.name, "range-rewritten", what, "the same values are allowed")
    elif reach[0] < reach[1]:
        yield safe(new.name, "range-widened", what, _WIDER)
    else:
        yield breaking(new.name, "range-narrowed", what, f"requests outside {after} are refused")


def _spelled(feature: Feature, closed: str, opened: str) -> str | None:
    return next(
        (f"{w} {getattr(feature, w)}" for w in (closed, opened) if getattr(feature, w) is not None), None
    )


def _reach(feature: Feature, type_: str, closed: str, opened: str) -> Bound:
    sign = -1 if closed == "ge" else 1
    open_ended = getattr(feature, opened) is not None
    bound = getattr(feature, opened if open_ended else closed)
    if bound is None:
        return (math.inf, True)
    reach = sign * bound
    if type_ == "int":
        return (math.ceil(reach) - 1 if open_ended else math.floor(reach), True)
    return (reach, not open_ended)


def diff_lengths(old: Feature, new: Feature) -> Iterator[Change]:
    """Go through the changed lengths of a text feature."""
    for word, nothing in (("min_length", 0), ("max_length", math.inf)):
        before, after = (getattr(feature, word) for feature in (old, new))
        if before == after:
            continue
        what = f"{word} {_or_none(before)} → {_or_none(after)}"
        shortest, longest = (nothing if value is None else value for value in (before, after))
        if shortest == longest:
            yield safe(new.name, "length-rewritten", what, "the same values are allowed")
        elif (longest > shortest) == (word == "max_length"):
            yield safe(new.name, "length-widened", what, _WIDER)
        else:
            words = "shorter" if word == "min_length" else "longer"
            yield breaking(new.name, "length-narrowed", what, f"requests with {words} text are refused")


def _or_none(value: int | None) -> str:
    return "none" if value is None else str(value)
