"""A sink for tests: it keeps records in a dictionary, and can be told to fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hookline.predlog.sinks.sink import Batch

__all__ = ["MemorySink"]

_IDS = ("prediction_id", "truth_id", "event_id")


class MemorySink:
    """Keep records by their id. `fault` is called with each batch before it is taken, and may raise."""

    def __init__(self, name: str = "memory", fault: Callable[[Batch], None] = lambda _: None) -> None:
        self.name = name
        self.fault = fault
        self.lost_ack: Callable[[Batch], None] = lambda _: None
        """Called after a batch was taken; if it raises, the shipper does not learn that it was."""
        self.records: dict[str, Mapping[str, Any]] = {}
        self.duplicates = 0
        self.closed = False

    def deliver(self, batch: Batch) -> None:
        """Take a batch."""
        self.fault(batch)
        for record in batch.records:
            name = str(next(record[key] for key in _IDS if key in record))
            self.duplicates += name in self.records
            self.records[name] = record
        self.lost_ack(batch)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
