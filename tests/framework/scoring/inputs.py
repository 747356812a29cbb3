"""Make input files of the mixed contract, with the rows that are wrong known beforehand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from hookline.contract import Contract
from hookline.contract.sample import sample_rows

__all__ = ["WRONG", "mixed_rows", "write_csv"]

WRONG: dict[str, tuple[str, Any, str, str]] = {
    "above": ("amount", 2000, "less_than_equal", "Must be at most 1000."),
    "text": ("age", "old", "int_type", "Expected a whole number, got text."),
    "null": ("member", None, "null", "null is not allowed."),
    "category": ("plan", "prro", "category", "Allowed are basic, pro, max. Did you mean pro?"),
    "secret": ("email", "x" * 41, "string_too_long", "Must have at most 40 characters."),
}
"""Name → feature, a value that breaks it, and the service's words for that."""


def mixed_rows(contract: Contract, count: int, *, wrong_every: int = 0) -> list[dict[str, Any]]:
    """Make rows with an ID; every so many of them is wrong, in turn in each of the ways of WRONG."""
    rows = [{"id": f"n{number}", **row} for number, row in enumerate(sample_rows(contract, count, seed=7))]
    ways = list(WRONG.values())
    for turn, row in enumerate(rows[wrong_every - 1 :: wrong_every] if wrong_every else ()):
        name, value, _, _ = ways[turn % len(ways)]
        row[name] = value
    return rows


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as CSV; null is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path
