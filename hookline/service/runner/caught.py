"""Signals as something to wait for with `select`: their handlers do nothing, so nothing is interrupted."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

__all__ = ["Caught"]


class Caught:
    """Catch signals for as long as it is entered."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._numbers = tuple(numbers)
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in self._numbers:
            self._before[number] = signal.signal(number, _do_nothing)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        signal.set_wakeup_fd(self._wakeup)

    def release(self) -> None:
        """Give the signals back; a forked process does this first, for the pipe is its parent's."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def fileno(self) -> int:
        """Let `select` watch it."""
        return self._read

    def read(self) -> list[signal.Signals]:
        """Return what was caught since the last time."""
        try:
            return [signal.Signals(number) for number in os.read(self._read, 1024)]
        except BlockingIOError:
            return []


def _do_nothing(number: int, frame: object) -> None:
    pass
