"""What a record is: a JSON object on a line, with one id of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["ERASED", "IDS", "Kind", "Outcomes", "id_of"]

Kind: TypeAlias = Literal["prediction", "truth", "model"]

Outcomes: TypeAlias = Callable[[int, dict[str, Any]], None]
"""Put what the model said to a row into its record, behind its features."""

ERASED = "erased"
"""The kind of a record that was overwritten, with spaces behind it so that no place moves."""

IDS: Mapping[str, str] = {"prediction": "prediction_id", "truth": "truth_id", "model": "event_id"}
"""The kinds of records, and what the id of each is called."""


def id_of(record: Mapping[str, Any]) -> str:
    """Return the id of a record: unique, and sorted by time."""
    return str(record[IDS[record["kind"]]])
