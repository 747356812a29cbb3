"""Rights: root reads and writes whatever the modes say, unless it gives that up for a while."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["modes_count"]

_VERSION = 0x20080522
"""Of the two calls: 64 bits of capabilities, in two parts."""
_WHATEVER_THE_MODES_SAY = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""


@contextmanager
def modes_count() -> Iterator[None]:
    """Have the modes of files and folders count in this thread while the block runs, for root too."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION, 0)
    before, without = ((ctypes.c_uint32 * 6)() for _ in range(2))  # effective, permitted, inheritable: twice
    for call, words in ((libc.capget, before), (libc.capget, without)):
        assert call(header, words) == 0
    without[0] &= ~_WHATEVER_THE_MODES_SAY
    assert libc.capset(header, without) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0
