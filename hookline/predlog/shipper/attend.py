"""A shipper for whoever writes a journal without `hookline serve` around it: plain uvicorn, a script, a test.

Each writer looks now and then whether somebody ships, and starts a shipper if nobody does. The lock decides
between those that start one at the same time. It lives on until no writer is left, and has what they wrote.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import is_free

__all__ = ["Attendant"]

_MODULE = "hookline.predlog.shipper"
_EVERY = 2.0


class Attendant:
    """See to it that somebody ships what is written, until this process ends or closes it."""

    def __init__(self, places: Places, root: Path) -> None:
        self._lock = places.lock
        self._root = str(root.resolve())
        self._permit, self._ours = os.pipe()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
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
            self._look()
            if self._closed.wait(_EVERY):
                return

    def _look(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        if is_free(self._lock):
            permit = str(self._permit)
            words = [sys.executable, "-P", "-m", _MODULE, self._root, "--permit", permit, "--attend"]
            # In a session of its own: Ctrl-C is for the service, whose last records are still to be shipped.
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                words, pass_fds=[self._permit], start_new_session=True, stdin=subprocess.DEVNULL
            )
