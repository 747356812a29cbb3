"""Read a Secret in the form in which helm writes it."""

from __future__ import annotations

import base64
from typing import Any

__all__ = ["PROTOBUF", "read_secret"]

PROTOBUF = b"k8s\0"
"""How a body begins that is not JSON."""


def read_secret(raw: bytes) -> dict[str, Any]:
    """Return the Secret as JSON has it; other kinds are never sent in this form."""
    secret = _fields(_fields(raw.removeprefix(PROTOBUF))[2][0])
    meta = _fields(secret[1][0])
    labels = [_fields(pair) for pair in meta.get(11, [])]
    data = [_fields(pair) for pair in secret.get(2, [])]
    return {
        "metadata": {
            "name": meta[1][0].decode(),
            "labels": {pair[1][0].decode(): pair[2][0].decode() for pair in labels},
        },
        "data": {pair[1][0].decode(): base64.b64encode(pair[2][0]).decode() for pair in data},
        "type": secret.get(3, [b""])[0].decode(),
    }


def _fields(raw: bytes) -> dict[int, list[bytes]]:
    """Split a message into its fields that are bytes; numbers are passed over."""
    found: dict[int, list[bytes]] = {}
    place = 0
    while place < len(raw):
        tag, place = _number(raw, place)
        length, place = _number(raw, place)
        if tag & 7 == 2:
            found.setdefault(tag >> 3, []).append(raw[place : place + length])
            place += length
    return found


def _number(raw: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while raw[place] & 0x80:
        number |= (raw[place] & 0x7F) << shift
        shift, place = shift + 7, place + 1
    return number | raw[place] << shift, place + 1
