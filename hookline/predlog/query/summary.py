"""The log in a few numbers."""

from __future__ import annotations

import sqlite3
from datetime import tzinfo
from typing import Any

from hookline.predlog.query.filter import Filter
from hookline.predlog.query.names import names_of
from hookline.predlog.query.overview import overview
from hookline.predlog.query.times import text_of
from hookline.predlog.query.walk import FOREVER, span

__all__ = ["summary"]

_PATIENCE = 30.0


def summary(connection: sqlite3.Connection, wanted: Filter, zone: tzinfo) -> dict[str, Any]:
    """Count what is wanted; a share is an estimate where `sampled` says so."""
    first, last = span(connection, wanted, FOREVER if wanted.until is None else wanted.until - 1)
    found = overview(connection, wanted, seconds=_PATIENCE)
    totals = (
        {}
        if found is None
        else {name: sum(bar.classes[name] for bar in found.bars) for name in found.classes}
    )
    everything = sum(totals.values()) or 1
    (truths,) = connection.execute("SELECT count(*) FROM truth").fetchone()
    return {
        "predictions": 0 if found is None else found.count,
        "first": None if first > last else text_of(first, zone),
        "last": None if first > last else text_of(last, zone),
        "median_ms": None if found is None else _short(found.latency(0.5)),
        "p95_ms": None if found is None else _short(found.latency(0.95)),
        "versions": len(names_of(connection).versions),
        "truths": truths,
        "sampled": False if found is None else found.sampled,
        "classes": [
            {"class_name": name, "count": count, "share": count / everything}
            for name, count in totals.items()
        ],
    }


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
