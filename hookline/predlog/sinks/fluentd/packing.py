"""Records as messages of the forward protocol: MessagePack, EventTime, and a chunk to acknowledge."""

from __future__ import annotations

import base64
import re
import secrets
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgpack

from hookline.predlog.flat import flat
from hookline.predlog.sinks.sink import RecordsRefused

__all__ = ["MOST_BYTES", "Message", "event_time", "messages"]

MOST_BYTES = 1024**2
"""A message is closed when it has this many bytes: the receiver holds each as a whole in its memory."""

_TIME = re.compile(r"([^.]+?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")
_EVENT_TIME = struct.Struct(">II")
_TAGS = {"truth": "truth", "model": "model"}


class Message(NamedTuple):
    """Be what is sent at once, and the chunk that must come back."""

    chunk: str
    data: bytes


def messages(records: Sequence[Mapping[str, Any]], base: str) -> Iterator[Message]:
    """Pack records in their order, those of one tag together; all of them before the first is sent.

    Raise `RecordsRefused` for those that MessagePack cannot hold.
    """
    tagged: dict[str, list[bytes]] = {}
    bad: dict[int, str] = {}
    for place, record in enumerate(records):
        try:
            tagged.setdefault(_tag(record, base), []).append(_entry(record))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError, struct.error) as error:
            bad[place] = f"it cannot be packed for Fluentd ({type(error).__name__}: {error})"
    if bad:
        raise RecordsRefused(next(iter(bad.values())), tuple(bad))
    return (_message(tag, part) for tag, entries in tagged.items() for part in _parts(entries))


def event_time(at: str) -> msgpack.ExtType:
    """Return Fluentd's EventTime: seconds and nanoseconds since 1970, 32 bits each."""
    found = _TIME.fullmatch(at)
    if found is None:
        raise ValueError(f"{at!r} is no time in UTC")
    whole, fraction, zone = found.groups()
    seconds = int(datetime.fromisoformat(whole + zone).astimezone(UTC).timestamp())
    return msgpack.ExtType(0, _EVENT_TIME.pack(seconds, int((fraction or "").ljust(9, "0"))))


def _tag(record: Mapping[str, Any], base: str) -> str:
    kind = record["kind"]
    return f"{base}.{_TAGS.get(kind) or record['door']}"


def _entry(record: Mapping[str, Any]) -> bytes:
    packed: bytes = msgpack.packb([event_time(record["at"]), flat(record)])
    return packed


def _parts(entries: Sequence[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for entry in entries:
        if part and size + len(entry) > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(entry)
        size += len(entry)
    yield part


def _message(tag: str, entries: Sequence[bytes]) -> Message:
    # Never the same chunk twice: a late acknowledgement of an earlier try must not pass for one of this.
    chunk = base64.b64encode(secrets.token_bytes(16)).decode()
    data = msgpack.packb([tag, b"".join(entries), {"chunk": chunk, "size": len(entries)}])
    return Message(chunk, data)
