"""Columns of one name, of which nobody could say which is meant."""

from __future__ import annotations

from collections.abc import Sequence

from hookline.errors import DataError

__all__ = ["refuse_doubles"]


def refuse_doubles(names: Sequence[str], file: str) -> None:
    """Refuse a table that has a column twice."""
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise DataError(f"{file} has several columns called {double[0]!r}; keep one of each")
