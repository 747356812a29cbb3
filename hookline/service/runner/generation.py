"""One generation as the supervisor sees it: a stem, the workers it forked, and the line to them."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from hookline.service.runner.line import Line
from hookline.service.runner.stops import DRAIN

__all__ = ["Generation"]

_MODULE = "hookline.service.runner.stem"
_SLACK = 3.0
"""Seconds that stopping may take beyond what the settings say."""


class Generation:
    """Start a stem, and know how it goes until the last of its processes is gone.

    The workers live in the stem's process group, and each holds the reading end of the permit: a pipe that
    only the supervisor can write to, and never does. The system closes it when the supervisor dies.
    """

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.line, theirs = Line.pair()
        self._permit = list(os.pipe())
        self.started = time.monotonic()
        self.ready_since: float | None = None
        self.version: str | None = None
        self.reason: str | None = None
        self.patience = (0.0, 0.0)
        self.status: int | None = None
        self.stop: signal.Signals | None = None
        self.over = False
        self._deadline: float | None = None
        os.set_inheritable(theirs.fileno(), True)
        # Not in the terminal's process group: Ctrl-C is for the supervisor, which says what is to happen.
        words = [sys.executable, "-P", "-m", _MODULE, str(root), str(theirs.fileno())]
        try:
            self.pid = os.posix_spawn(sys.executable, words, environ, setpgroup=0)
        except OSError:
            self.close()
            raise
        finally:
            theirs.close()

    @property
    def starting(self) -> bool:
        """Tell whether it has yet to say that it serves."""
        return self.ready_since is None and self.status is None and self.stop is None

    @property
    def healthy(self) -> bool:
        """Tell whether it serves and replaces its dead."""
        return self.ready_since is not None and self.status is None and self.stop is None

    def give(self, listener: int) -> None:
        """Hand over the port and the permit to serve."""
        permit = self._permit.pop(0)
        self.line.give([listener, permit])
        os.close(permit)

    def end(self, number: signal.Signals) -> None:
        """Tell it to stop, one way or another; it is killed if it takes too long."""
        if self.stop == number:
            return
        self.stop = number
        delay, finish = self.patience
        self._deadline = time.monotonic() + (delay if number == DRAIN else 0) + finish + _SLACK
        with contextlib.suppress(ProcessLookupError):
            # Workers whose stem died are told themselves; what is left of its process group is they.
            os.kill(self.pid, number) if self.status is None else os.killpg(self.pid, number)

    def hurry(self, now: float) -> float | None:
        """Kill what should be gone by now; return the seconds until then."""
        if self._deadline is None or self.over:
            return None
        if now >= self._deadline:
            self.kill()
            self._deadline = now + _SLACK
        return self._deadline - now

    def kill(self) -> None:
        """End all of its processes at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Forget a generation that is over."""
        self.line.close()
        while self._permit:
            os.close(self._permit.pop())
