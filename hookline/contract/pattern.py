"""Make up words that match a regular expression, for patterns of the kind that contracts hold.

A pattern is read by Python's own parser of regular expressions. Look-arounds and back-references are left
out of the guess, so a word may miss the pattern; who asks checks it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from re import _constants as op  # type: ignore[attr-defined, unused-ignore]  # private, so seen or not
from re import _parser as parser  # type: ignore[attr-defined, unused-ignore]  # likewise
from typing import Any

__all__ = ["words_like"]

_TRIES = 50
_MOST_REPEATS = 6
_PRINTABLE = [chr(code) for code in range(33, 127)]
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: lambda c: c.isdigit(),
    op.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    op.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
    op.CATEGORY_SPACE: lambda c: c == " ",
    op.CATEGORY_NOT_SPACE: lambda c: c != " ",
}


def words_like(pattern: str, rng: random.Random) -> Iterator[str]:
    """Go through some words that probably match `pattern`."""
    tree = parser.parse(pattern)
    for _ in range(_TRIES):
        yield _sequence(tree, rng)


def _sequence(items: Any, rng: random.Random) -> str:
    return "".join(_piece(kind, argument, rng) for kind, argument in items)


def _piece(kind: Any, argument: Any, rng: random.Random) -> str:
    if kind in _NESTED:
        return _sequence(_NESTED[kind](argument, rng), rng)
    if kind in _REPEATS:
        fewest, most, items = argument
        times = rng.randint(fewest, min(most, fewest + _MOST_REPEATS))
        return "".join(_sequence(items, rng) for _ in range(times))
    if kind is op.LITERAL:
        return chr(argument)
    if kind in (op.ANY, op.NOT_LITERAL):
        return rng.choice([c for c in _PRINTABLE if kind is op.ANY or ord(c) != argument])
    return _one_of(argument, rng) if kind is op.IN else ""


_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_NESTED: dict[Any, Callable[[Any, random.Random], Any]] = {
    op.SUBPATTERN: lambda argument, _: argument[-1],
    op.ATOMIC_GROUP: lambda argument, _: argument,
    op.BRANCH: lambda argument, rng: rng.choice(argument[1]),
}


def _one_of(members: Any, rng: random.Random) -> str:
    wanted = members[0][0] is not op.NEGATE
    ranges = [argument for kind, argument in members if kind is op.RANGE]
    found = [c for c in [*_PRINTABLE, " "] if any(_is_member(c, *member) for member in members) is wanted]
    if wanted:
        # Letters beyond ASCII stand in the pattern itself.
        found += [chr(argument) for kind, argument in members if kind is op.LITERAL]
        found += [chr(end) for pair in ranges for end in pair]
    return rng.choice(found or [""])


def _is_member(char: str, kind: Any, argument: Any) -> bool:
    if kind is op.LITERAL:
        return bool(ord(char) == argument)
    if kind is op.RANGE:
        return bool(argument[0] <= ord(char) <= argument[1])
    return kind is op.CATEGORY and _CATEGORIES[argument](char)
