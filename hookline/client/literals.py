"""Values as Python writes them, laid out as a formatter would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["one_of", "value"]

_WIDTH = 88


def value(plain: Any) -> str:
    """Write a string, number, bool or None; what cannot be seen in a string is escaped."""
    if not isinstance(plain, str):
        return repr(plain)
    seen = (
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in plain.replace("\\", "\\\\")
    )
    body = "".join(seen)
    if '"' in body and "'" not in body:
        return f"'{body}'"
    escaped = body.replace('"', '\\"')
    return f'"{escaped}"'


def one_of(name: str, choices: Sequence[str]) -> str:
    """Write a type that is one of some strings."""
    written = [value(choice) for choice in choices]
    line = f"{name}: TypeAlias = Literal[{', '.join(written)}]"
    if len(line) <= _WIDTH:
        return line
    # A comma behind the only choice would make it a tuple of one.
    comma = "," if len(written) > 1 else ""
    return "\n".join([f"{name}: TypeAlias = Literal[", *(f"    {choice}{comma}" for choice in written), "]"])
