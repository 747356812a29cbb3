"""One file of a journal: lines are added at its end, all of a call or none."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from hookline.predlog.journal.read import segment_name

__all__ = ["Segment"]


class Segment:
    """Be a file that is written; `size` is what holds of it."""

    def __init__(self, folder: Path, number: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(folder / segment_name(number), flags, 0o600)
        self._spoilt = False
        self.size = 0

    @property
    def gone(self) -> bool:
        """Tell whether somebody removed the file under us."""
        return os.fstat(self._file).st_nlink == 0

    @property
    def spoilt(self) -> bool:
        """Tell whether more is in the file than holds, because it could not be cut back."""
        return self._spoilt

    def add(self, data: bytes, *, sync: bool = False) -> None:
        """Write all of `data`; if that cannot be, leave the file as it was and raise `OSError`.

        With `sync` it survives power loss when this returns.
        """
        if self._spoilt:
            self._cut_back()
        self._spoilt = True
        try:
            written = os.write(self._file, data)
            while written < len(data):  # a disk that is filling up takes a part, and refuses the next
                written += os.write(self._file, data[written:])
            if sync:
                os.fdatasync(self._file)
        except OSError:
            self._cut_back()
            raise
        self._spoilt = False
        self.size += len(data)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(OSError):  # what holds was written before
            os.close(self._file)

    def _cut_back(self) -> None:
        os.ftruncate(self._file, self.size)
        self._spoilt = False
