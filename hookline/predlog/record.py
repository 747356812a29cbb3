"""What a record is: a JSON object on a line, with one id of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["ERASED", "IDS", "Kind", "id_of"]

Kind: TypeAlias = Literal["prediction", "truth", "model"]

ERASED = "erased"
"""The kind of a record that was overwritten, with spaces behind it so that no place moves."""

IDS: Mapping[str, str] = {"prediction": "prediction_id", "truth": "truth_id", "model": "event_id"}
"""The kinds of records, and what the id of each is called."""


def id_of(record: Mapping[str, Any]) -> str:
    """Return the id of a record: unique, and sorted by time."""
    return str(record[IDS[record["kind"]]])
