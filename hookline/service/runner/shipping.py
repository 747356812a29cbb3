"""The log's shipper as the supervisor sees it: a child that is kept alive, and stopped after the workers."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Shipping"]

_MODULE = "hookline.predlog.shipper"
_FIRST_PAUSE = 0.1
_MOST_PAUSE = 4.0
_SETTLED = 10.0
_SLACK = 3.0
"""Seconds that stopping may take beyond what the settings say."""


class Shipping:
    """Keep one shipper alive.

    It holds the reading end of a pipe that ends with the supervisor: it then goes on until the workers, which
    finish what they answer, are gone too.
    """

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._permit, self._ours = os.pipe()
        os.set_inheritable(self._permit, True)
        self._pid: int | None = None
        self._wanted = self._told = False
        self._born = 0.0
        self._due = 0.0
        self._pause = _FIRST_PAUSE
        self._drain = 0.0
        self._deadline: float | None = None
        self._settings: str | None = None

    def want(self, settings: str | None, drain: float) -> None:
        """Ship by these settings, whose digest is told, or not at all; new ones need another shipper."""
        self._wanted, self._drain = settings is not None, drain
        if settings != self._settings and self._pid is not None:
            self._told = True
            self._signal(signal.SIGTERM)
        self._settings = settings

    def keep(self) -> None:
        """Start one if none is there."""
        if self._wanted and self._pid is None and time.monotonic() >= self._due:
            self._born = time.monotonic()
            words = [sys.executable, "-P", "-m", _MODULE, str(self._root), "--permit", str(self._permit)]
            # Not in the terminal's process group: Ctrl-C is for the supervisor. A stop waits for it.
            try:
                self._pid = os.posix_spawn(
                    sys.executable, words, self._environ, setpgroup=0, setsigmask=[signal.SIGTERM]
                )
            except OSError:  # the system has no process left for it; the journal keeps everything meanwhile
                self._rest()

    def ended(self, pid: int) -> bool:
        """Note that a child ended; tell whether it was the shipper, and that was not asked for."""
        if pid != self._pid:
            return False
        self._pid, told, self._told = None, self._told, False
        self._rest(anew=time.monotonic() - self._born > _SETTLED)
        return self._wanted and not told

    def stop(self) -> None:
        """Have it ship what is left, for as long as the settings allow, and want no other."""
        self._wanted = False
        self._deadline = time.monotonic() + self._drain + _SLACK
        self._signal(signal.SIGTERM)

    @property
    def over(self) -> bool:
        """Tell whether it is gone; one that takes too long is killed."""
        if self._pid is not None and self._deadline is not None and time.monotonic() >= self._deadline:
            self.kill()
        return self._pid is None

    def kill(self) -> None:
        """End it at once; what is left is shipped at the next start."""
        self._wanted = False
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._permit)
        os.close(self._ours)

    def _rest(self, *, anew: bool = False) -> None:
        self._pause = _FIRST_PAUSE if anew else min(2 * self._pause, _MOST_PAUSE)
        self._due = time.monotonic() + self._pause

    def _signal(self, number: signal.Signals) -> None:
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)
