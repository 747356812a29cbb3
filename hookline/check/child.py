"""A process that runs the probe: its events, its output, its death.

Events have a pipe of their own; standard output and error share another; stacks of a crash or of a hanging
hook are written to a file. The child leads a session, so that all it started can be ended with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from hookline.check.events import MARK, Event

__all__ = ["Child", "TimeUp"]

_CHUNK = 65536
_LONGEST_PRINT = 2000
_STACK_LINE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+) in ')
_TIME_FOR_STACK = 2.0
_TIME_TO_START = 60.0
_TIME_TO_END = 5.0
_LOOK_EVERY = 0.1


class TimeUp(Exception):  # noqa: N818 - a verdict on the child, not a fault of ours
    """Say that the child has been silent for too long."""


class Child:
    """Start the probe and listen; leaving the `with` ends it and all it started."""

    def __init__(self, root: Path, n_rows: int, memory: int) -> None:
        self._root = root
        self._stacks = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in __exit__
        self._events, child_events = os.pipe()
        self._output, child_output = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter, on our own module
            [sys.executable, "-m", "hookline.check.probe"]
            + [str(each) for each in (root, n_rows, child_events, self._stacks.fileno(), memory)],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=child_output,
            stderr=child_output,
            pass_fds=(child_events, self._stacks.fileno()),
            start_new_session=True,
        )
        for pipe in (child_events, child_output):
            os.close(pipe)
        self._selector = selectors.DefaultSelector()
        for pipe in (self._events, self._output):
            os.set_blocking(pipe, False)
            self._selector.register(pipe, selectors.EVENT_READ)
        self._unread = b""
        self._printed = _Printed()

    def __enter__(self) -> Self:
        """Give the running child."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child and everything in its session, whatever state it is in."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for pipe in (self._events, self._output):
            os.close(pipe)
        self._stacks.close()

    def events(self, timeout: float) -> Iterator[Event]:
        """Go through the events until the child ends; TimeUp if the next takes too long."""
        deadline = time.monotonic() + max(timeout, _TIME_TO_START)
        while self._events in self._selector.get_map():
            # Its end is looked for too: what a hook has forked may hold the pipes open.
            ended = self._process.poll() is not None
            ready = {key.fd for key, _ in self._selector.select(_LOOK_EVERY)}
            if self._output in ready:
                self._read_output()
            if self._events in ready:
                for event in self._read_events():
                    yield event
                    deadline = time.monotonic() + timeout
            elif ended:
                break
            if time.monotonic() > deadline:
                raise TimeUp
        # Ending by itself, it removes what its libraries have put into temporary folders.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TIME_TO_END)

    def printed(self, step: str) -> str:
        """Return what a step has printed so far; of very much, the end."""
        self._read_output()
        return self._printed.by(step)

    def stack_place(self) -> str | None:
        """Name the innermost line of `source/` in the stack of a crash."""
        self._stacks.seek(0)
        for found in _STACK_LINE.finditer(self._stacks.read()):
            with contextlib.suppress(ValueError):
                own = Path(found["file"]).resolve().relative_to(self._root)
                if own.parts[:1] == ("source",):
                    return f"{own.as_posix()}:{found['line']}"
        return None

    def hanging_place(self) -> str | None:
        """Ask the hanging child for its stack, and name the innermost line of `source/`."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + _TIME_FOR_STACK
        while time.monotonic() < deadline and self._process.poll() is None:
            place = self.stack_place()
            if place:
                return place
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
        return self.stack_place()

    def ending(self) -> str:
        """Say how the process ended."""
        code = self._process.poll()
        if code is None:
            return "the process has closed what it was to answer on"
        if code < 0:
            name = signal.Signals(-code).name
            return f"the process was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
        return f"the process ended with exit code {code}"

    def _read_events(self) -> list[Event]:
        self._unread += self._read(self._events)
        *lines, self._unread = self._unread.split(b"\n")
        return [json.loads(line) for line in lines]

    def _read_output(self) -> None:
        while self._output in self._selector.get_map():
            chunk = self._read(self._output)
            if not chunk:
                return
            self._printed.add(chunk)

    def _read(self, pipe: int) -> bytes:
        try:
            chunk = os.read(pipe, _CHUNK)
        except BlockingIOError:
            return b""
        if not chunk:
            self._selector.unregister(pipe)
        return chunk


class _Printed:
    """Keep the end of what each step printed."""

    def __init__(self) -> None:
        self._step = ""
        self._half = b""
        self._texts: defaultdict[str, bytes] = defaultdict(bytes)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the output."""
        parts = (self._half + chunk).split(MARK.encode())
        # Between two marks stands a step's name; the last part may still lack its second mark.
        for position, part in enumerate(parts):
            if position % 2 == 0:
                self._texts[self._step] = (self._texts[self._step] + part)[-_LONGEST_PRINT * 4 :]
            elif position < len(parts) - 1:
                self._step = part.decode("utf-8", "replace")
        self._half = MARK.encode() + parts[-1] if len(parts) % 2 == 0 else b""

    def by(self, step: str) -> str:
        """Return the end of what a step printed."""
        text = self._texts[step].decode("utf-8", "replace").strip()
        return text if len(text) <= _LONGEST_PRINT else f"...{text[-_LONGEST_PRINT:]}"
