"""The model versions and classes that the log knows, for those who choose among them."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

__all__ = ["Names", "distinct", "names_of"]

_MOST = 100


class Names(NamedTuple):
    """Hold what there is; versions with the newest first."""

    versions: tuple[str, ...]
    classes: tuple[str, ...]


def names_of(connection: sqlite3.Connection) -> Names:
    """Return the first hundred of each."""
    return Names(
        tuple(reversed(distinct(connection, "model_version", _MOST))),
        tuple(distinct(connection, "class_name", _MOST)),
    )


def distinct(connection: sqlite3.Connection, column: str, most: int) -> list[str]:
    """Return the values of an indexed column, leaping along its index from one to the next."""
    found: list[str] = []
    words = f"SELECT min({column}) FROM prediction"  # noqa: S608 - our words
    (value,) = connection.execute(words).fetchone()
    while value is not None and len(found) < most:
        found.append(value)
        (value,) = connection.execute(f"{words} WHERE {column} > ?", (value,)).fetchone()
    return found
