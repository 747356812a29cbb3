"""Records that a sink refused for good, with the reason; on the disk before the cursor passes them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["DeadLetters"]


class DeadLetters:
    """Append to the file of one sink."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: Any = None
        self._whole = False
        """Whether the file ends with that one."""

    def add(self, record: Mapping[str, Any] | str, reason: str) -> None:
        """Keep a record, or a line that is none; return when it is on the disk.

        The same again is kept once: it was here already when the cursor was not, because of a crash.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            if not self._whole:
                self._last = _finish(file.fileno())
            self._whole = False  # a disk that is full takes a part
            if record != self._last:
                letter = {"reason": reason, "record": record}
                file.write(json.dumps(letter, separators=(",", ":")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._last, self._whole = record, True


def _finish(file: int) -> Any:
    """Cut a torn last line; return the record of the one before."""
    size = os.fstat(file).st_size
    data, start = b"", size
    while start > 0 and data.count(b"\n") < 2:
        start = max(0, start - 1024**2)
        data = os.pread(file, size - start, start)
    end = data.rfind(b"\n") + 1
    os.ftruncate(file, start + end)
    lines = data[:end].splitlines()
    try:
        return json.loads(lines[-1])["record"] if lines else None
    except (ValueError, TypeError, KeyError):  # somebody edited it: that is no reason to hold up the sink
        return None
