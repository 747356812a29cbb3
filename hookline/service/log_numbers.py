"""What the log's shipper says of each sink, as metrics: any worker answers for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from hookline.errors import LogStateError
from hookline.predlog.places import Places
from hookline.predlog.shipper.status import accounts_now, takes_records
from hookline.service.ledger import Key
from hookline.service.metrics import (
    DEAD_LETTERS,
    DELIVERED,
    OFFERED,
    OLDEST_PENDING,
    PENDING,
    SINK_DROPPED,
    SINK_UP,
)

__all__ = ["log_numbers"]


def log_numbers(places: Places) -> Callable[[], Mapping[Key, list[float]]]:
    """Return what looks at the accounts of all sinks."""
    return partial(_look, places)


def _look(places: Places) -> Mapping[Key, list[float]]:
    found: dict[Key, list[float]] = {}
    try:
        accounts = accounts_now(places)
    except (LogStateError, OSError):  # the shipper says so; other numbers are still to be had
        accounts = []
    for account in accounts:
        for metric, number in (
            (OFFERED, account.appended),
            (DELIVERED, account.delivered),
            (PENDING, account.pending),
            (DEAD_LETTERS, account.dead_lettered),
            (SINK_DROPPED, account.dropped),
            (OLDEST_PENDING, account.oldest_pending_seconds),
        ):
            found[metric.name, account.sink] = [float(number)]
    for sink, takes in takes_records(places).items():
        found[SINK_UP.name, sink] = [float(takes)]
    return found
