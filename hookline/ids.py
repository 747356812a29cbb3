"""UUIDv7s, many at a time: they sort by time, and one call to the system's randomness serves a batch."""

from __future__ import annotations

import os
import time

__all__ = ["new_ids"]

_RANDOM_BYTES = 10
_VERSION = 7
_VARIANT = {f"{digit:x}": f"{8 | digit & 3:x}" for digit in range(16)}
"""The first two bits of the variant's digit are fixed; the other two stay as random as they are."""


def new_ids(count: int) -> list[str]:
    """Return `count` new ids of this millisecond."""
    stamp = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{stamp[:8]}-{stamp[8:]}-{_VERSION:x}"
    noise = os.urandom(_RANDOM_BYTES * count).hex()
    variant = _VARIANT
    return [
        f"{head}{noise[n : n + 3]}-{variant[noise[n + 3]]}{noise[n + 4 : n + 7]}-{noise[n + 7 : n + 19]}"
        for n in range(0, len(noise), 2 * _RANDOM_BYTES)
    ]
