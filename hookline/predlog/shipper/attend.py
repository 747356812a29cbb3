"""A shipper for whoever writes a journal without `hookline serve` around it: plain uvicorn, a script, a test.

Each writer looks now and then whether somebody ships, and starts a shipper if nobody does. The lock decides
between those that start one at the same time. It lives on until no writer is left, and has what they wrote.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import is_free
from hookline.voice import Voice

__all__ = ["Attendant"]

_MODULE = "hookline.predlog.shipper"
_EVERY = 2.0


class Attendant:
    """See to it that somebody ships what is written, until this process ends or closes it."""

    def __init__(self, places: Places, root: Path) -> None:
        self._lock = places.lock
        self._root = str(root.resolve())
        self._permit, self._ours = os.pipe()
        os.set_inheritable(self._permit, True)
        self._child: int | None = None
        self._closed = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="log-attendant", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more. The shipper goes on until everything is shipped, and no longer."""
        self._closed.set()
        self._thread.join()
        for end in (self._permit, self._ours):
            os.close(end)

    def _run(self) -> None:
        while True:
            try:
                self._look()
            except OSError as error:  # no file or process is left for us perhaps: that may end
                self._troubled(error)
            if self._closed.wait(_EVERY):
                return

    def _troubled(self, error: OSError) -> None:
        if str(error) != self._trouble:
            self._trouble = str(error)
            words = f"nobody can be found or started to ship the prediction log: {error}; trying again"
            Voice().say("attending", words, level="warning")

    def _look(self) -> None:
        if not self._has_child() and is_free(self._lock):
            permit = str(self._permit)
            words = [sys.executable, "-P", "-m", _MODULE, self._root, "--permit", permit, "--attend"]
            # In a process group of its own: Ctrl-C is for the service, whose last records are to be shipped.
            self._child = os.posix_spawn(
                sys.executable, words, os.environ, setpgroup=0, setsigmask=[signal.SIGTERM]
            )

    def _has_child(self) -> bool:
        """Tell whether the shipper that this process started is there; let the system forget a dead one."""
        if self._child is not None:
            try:
                pid, _ = os.waitpid(self._child, os.WNOHANG)
            except ChildProcessError:  # somebody else in this process waits for all children
                pid = self._child
            if pid:
                self._child = None
        return self._child is not None
