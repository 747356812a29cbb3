"""UUIDv7s, many at a time: they sort by time, and one call to the system's randomness serves a batch."""

from __future__ import annotations

import os
import time

__all__ = ["new_ids"]

_RANDOM_BYTES = 10
_VERSION = 7
_VARIANT = 0x8000


def new_ids(count: int) -> list[str]:
    """Return `count` new ids of this millisecond."""
    stamp = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{stamp[:8]}-{stamp[8:]}-{_VERSION:x}"
    noise = os.urandom(_RANDOM_BYTES * count).hex()
    ids = []
    for start in range(0, len(noise), 2 * _RANDOM_BYTES):
        variant = _VARIANT | (int(noise[start + 3 : start + 7], 16) & 0x3FFF)
        ids.append(f"{head}{noise[start : start + 3]}-{variant:04x}-{noise[start + 7 : start + 19]}")
    return ids
