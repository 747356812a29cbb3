"""Times as people give them and as the log keeps them: microseconds since 1970, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from hookline.errors import LogQueryError

__all__ = ["DAY", "SECOND", "read_time", "text_of", "time_of"]

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AGO = re.compile(r"(\d{1,6}) ?(s|m|h|d|w)")
_UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY, "w": 7 * DAY}


def time_of(moment: datetime) -> int:
    """Return a time as the log keeps it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def text_of(at: int, zone: tzinfo = UTC) -> str:
    """Return a time of the log in ISO 8601, with its zone."""
    moment = (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(name: str, text: str, now: int, zone: tzinfo = UTC) -> int:
    """Read a time: ISO 8601 (in `zone` where it names none), or how long ago, such as 15m, 24h, 7d."""
    if ago := _AGO.fullmatch(text.strip()):
        return max(0, now - int(ago[1]) * _UNITS[ago[2]])
    try:
        moment = datetime.fromisoformat(text.strip())
        return time_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise LogQueryError(
            f"{name} is not a time; write it as 2026-01-31T12:00, or how long ago: 15m, 24h, 7d"
        ) from None
