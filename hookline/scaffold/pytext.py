"""Spell values as Python source that a formatter would leave alone."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["spelled", "variable"]

_WIDTH = 100


def spelled(text: str) -> str:
    """Spell text in quotes that it does not hold, with nothing in it that a reader cannot see."""
    quote = "'" if '"' in text and "'" not in text else '"'
    return f"{quote}{''.join(_escaped(char, quote) for char in text)}{quote}"


def _escaped(char: str, quote: str) -> str:
    if char in (quote, "\\"):
        return f"\\{char}"
    return char if char.isprintable() else repr(char)[1:-1]


def variable(name: str, values: Sequence[str]) -> str:
    """Spell the assignment of a list, in one line if it fits."""
    words = [spelled(value) for value in values]
    line = f"{name} = [{', '.join(words)}]"
    if len(line) <= _WIDTH:
        return line
    return f"{name} = [\n{''.join(f'    {word},{chr(10)}' for word in words)}]"
