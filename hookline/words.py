"""Words for messages: counts, lists, values, and the known word that a misspelt one is closest to."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable

__all__ = ["closest", "counted", "either", "listed", "not_utf8", "shown"]


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, if one is like it at all."""
    lowered = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def counted(number: int, noun: str) -> str:
    """Write a number of things: `1 row`, `1,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def either(words: Iterable[str]) -> str:
    """Join words as in `a, b or c`."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last


def listed(values: Iterable[object], most: int = 5) -> str:
    """Write the first few values, and how many more there are."""
    words = [str(value) for value in values]
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def not_utf8(path: str, byte: int) -> str:
    """Say that a table is not UTF-8, and how it becomes so."""
    turned = f"`iconv -f CP1252 -t UTF-8 {shlex.quote(path)} > utf-8.csv`"
    return f"is not UTF-8 text (byte {byte}); save it as UTF-8: {turned}, if it comes from Windows"


def shown(value: object) -> str:
    """Spell a value for a message: as YAML has it, and not longer than a line."""
    if value is None:
        return "null"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
