"""Records → documents: flat, with the record's id as `_id` and its time as a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import bson
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from hookline.predlog.flat import flat
from hookline.predlog.record import id_of
from hookline.predlog.sinks.sink import RecordsRefused

__all__ = ["MOST_BYTES", "document", "documents"]

MOST_BYTES = 16 * 1024**2
"""MongoDB takes no larger document."""


def document(record: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return the document of a record.

    A date of MongoDB has milliseconds; `at_local`, for reading, has all digits and the zone's offset.
    """
    at = datetime.fromisoformat(record["at"]).astimezone(UTC)
    local = at.astimezone(zone).isoformat(timespec="microseconds")
    return {"_id": id_of(record), **flat(record), "at": at, "at_local": local}


def documents(records: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[RawBSONDocument]:
    """Return the documents of all records, or raise `RecordsRefused` for those that BSON cannot hold."""
    packed: list[RawBSONDocument] = []
    bad: dict[int, str] = {}
    for place, record in enumerate(records):
        try:
            data = bson.encode(document(record, zone))
        except (BSONError, KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            # Not the error's own words: they may hold what a caller sent.
            bad[place] = f"it cannot be written as a document of MongoDB ({type(error).__name__})"
            continue
        if len(data) > MOST_BYTES:
            bad[place] = f"its document has {len(data):,} bytes, and MongoDB takes {MOST_BYTES:,}"
        packed.append(RawBSONDocument(data))
    if bad:
        raise RecordsRefused(next(iter(bad.values())), tuple(bad))
    return packed
