"""How far the shipper is, in a small file that whoever asks can read: the service for its metrics."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from hookline.predlog.accepted import accepted
from hookline.predlog.accounts import Account, oldest, said
from hookline.predlog.atomic import replace_file
from hookline.predlog.places import Places
from hookline.predlog.shipper.courier import Courier
from hookline.predlog.totals import Totals
from hookline.predlog.trail import Counted, trails

__all__ = ["accounts_now", "read_status", "takes_records", "write_status"]


def write_status(places: Places, couriers: Sequence[Courier]) -> None:
    """Say how far each sink is."""
    there = trails(places.journal)
    sinks: dict[str, dict[str, Any]] = {}
    for courier in couriers:
        ways = courier.last
        if ways is None:
            sinks[courier.name] = {"known": False, "reason": courier.reason, "began": courier.began}
            continue
        numbers = ways.numbers()
        sinks[courier.name] = {
            "known": True,
            "reason": courier.reason,
            "began": courier.began,
            "delivered": numbers.delivered,
            "dead_lettered": numbers.dead_lettered,
            "skipped": numbers.skipped,
            "oldest_pending": oldest(there, ways.cursors()),
        }
    status = {"pid": os.getpid(), "at": time.time(), "sinks": sinks}
    replace_file(places.status, json.dumps(status), durable=False)


def read_status(places: Places) -> Mapping[str, Any] | None:
    """Return what the shipper said last; None if it never did."""
    try:
        found: Mapping[str, Any] = json.loads(places.status.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def accounts_now(places: Places) -> list[Account]:
    """Return the accounts as the shipper and the writers see them, without looking at any record.

    Without a shipper they stay right: what it has not delivered is pending, and grows older.
    """
    status = read_status(places)
    if status is None:
        return []
    counted, noted = said(places, Totals.load(places.totals)), accepted(places.accepted)
    return [
        _account(name, sink, counted, status["at"], noted.get(name, 0))
        for name, sink in status["sinks"].items()
        if sink["known"]
    ]


def takes_records(places: Places) -> dict[str, bool]:
    """Tell for each sink whether it took what it was last asked to take."""
    status = read_status(places) or {"sinks": {}}
    return {name: sink["reason"] is None for name, sink in status["sinks"].items()}


def _account(name: str, sink: Mapping[str, Any], counted: Counted, at: float, noted: int) -> Account:
    passed = sink["delivered"] + sink["dead_lettered"] + sink["skipped"]
    # What was appended since the shipper looked is younger than its look.
    pending = max(0, counted.appended - passed - noted)
    since = sink["oldest_pending"] or at
    return Account(
        sink=name,
        appended=passed - sink["skipped"] + pending + counted.dropped + noted,
        delivered=sink["delivered"],
        pending=pending,
        dead_lettered=sink["dead_lettered"],
        dropped=counted.dropped,
        oldest_pending_seconds=max(0.0, time.time() - since) if pending else 0.0,
        accepted=noted,
    )
