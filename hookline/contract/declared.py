"""What the words of one feature's declaration must have to do with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from hookline.contract.regex import pattern_fault
from hookline.words import shown

if TYPE_CHECKING:
    from hookline.contract.feature import Feature

__all__ = ["Fault", "declaration_faults"]

Fault: TypeAlias = tuple[str, str]
"""The word of the declaration that is wrong, and a sentence about it."""

_BELONGS = {
    "choices": ("category",),
    "unknown": ("category",),
    **dict.fromkeys(("ge", "gt", "le", "lt"), ("float", "int")),
    **dict.fromkeys(("min_length", "max_length", "pattern"), ("string",)),
}


def declaration_faults(feature: Feature) -> Iterator[Fault]:
    """Go through what is wrong with a declaration whose words are right one by one."""
    yield from _name(feature)
    yield from _foreign(feature)
    yield from _range(feature)
    yield from _text(feature)
    yield from _choices(feature)
    if not any(_text(feature)):  # with a pattern that cannot be used, no value can be held against it
        yield from _values(feature)


def _name(feature: Feature) -> Iterator[Fault]:
    name = feature.name
    if not name.strip():
        yield "name", "`name` is empty; it is the column of the training data"
    elif name != name.strip() or not name.isprintable():
        yield "name", f"`name` is {shown(name)}; remove spaces around it, tabs and line breaks"


def _foreign(feature: Feature) -> Iterator[Fault]:
    said = {word for word in feature.model_fields_set if getattr(feature, word) is not None}
    for word, types in _BELONGS.items():
        if word in said and feature.type not in types:
            words = f"`{word}` goes with type {' or '.join(types)}, not {feature.type}"
            yield word, f"{words}; remove it, or change the type"


def _range(feature: Feature) -> Iterator[Fault]:
    for one, other in (("ge", "gt"), ("le", "lt")):
        if getattr(feature, one) is not None and getattr(feature, other) is not None:
            yield other, f"`{one}` and `{other}` are both set; keep one"
    low = feature.ge if feature.ge is not None else feature.gt
    high = feature.le if feature.le is not None else feature.lt
    if low is None or high is None:
        return
    open_ended = feature.gt is not None or feature.lt is not None
    if low > high or (low == high and open_ended):
        word = "le" if feature.le is not None else "lt"
        words = f"no number is allowed: `{word}` is {shown(high)} and the lower bound {shown(low)}"
        yield word, f"{words}; widen them"


def _text(feature: Feature) -> Iterator[Fault]:
    shortest, longest = feature.min_length, feature.max_length
    if shortest is not None and longest is not None and shortest > longest:
        words = f"no text is allowed: `max_length` is {longest} and `min_length` {shortest}"
        yield "max_length", f"{words}; widen them"
    fault = None if feature.pattern is None else pattern_fault(feature.pattern)
    if fault:
        yield "pattern", f"`pattern: {feature.pattern}` cannot be used: {fault}; write it another way"


def _choices(feature: Feature) -> Iterator[Fault]:
    if feature.type != "category":
        return
    if feature.choices == ():
        yield "choices", "`choices` is empty; list the allowed values"
    elif feature.choices is None and feature.unknown == "reject":
        yield "type", "a category needs `choices`, the list of its allowed values, or `unknown: accept`"
    for choice, count in Counter(feature.choices).items():
        if count > 1:
            yield "choices", f"`choices` names {shown(choice)} {count} times; keep one"


def _values(feature: Feature) -> Iterator[Fault]:
    for word in ("default", "example"):
        if word not in feature.model_fields_set:
            continue
        value = getattr(feature, word)
        fault = feature.fault(value)
        if fault:
            remedy = f"set `nullable: true` or remove `{word}`" if value is None else "mend one of the two"
            yield word, f"`{word}` is {shown(value)}, which the feature itself refuses: {fault}; {remedy}"
