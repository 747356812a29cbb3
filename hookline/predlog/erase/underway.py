"""Batches that the running shipper has read already, and may be delivering still."""

from __future__ import annotations

import time

from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import holder, is_free
from hookline.predlog.shipper.status import read_status

__all__ = ["wait_for_batches"]

_POLL = 0.05
_SHIPPER = "the shipper"


def wait_for_batches(places: Places, patience: float) -> list[str]:
    """Wait until no sink is given what was read before now; return those that may be after so many seconds.

    A sink's batches are read and delivered in rounds, one after the other: the first round that begins from
    now on reads what is in the journal now.
    """
    now = time.monotonic()  # one clock for all processes of a machine, and nobody sets it
    end = now + patience
    while (behind := _behind(places, now)) and time.monotonic() < end:
        time.sleep(_POLL)
    return behind


def _behind(places: Places, now: float) -> list[str]:
    if is_free(places.lock):
        return []
    status = read_status(places)
    if status is None or status["pid"] != holder(places.lock):
        return [_SHIPPER]  # it has only begun
    return [name for name, sink in status["sinks"].items() if sink.get("began", 0.0) <= now]
