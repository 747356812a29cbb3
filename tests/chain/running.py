"""Start the real programs, and stop them."""

from __future__ import annotations

import os
import queue
import re
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from tests.chain.install import PARTS
from tests.chain.own import OWN
from tests.chain.taken import take

__all__ = ["Program", "eventually", "free_port", "program_of"]


def program_of(name: str) -> Path:
    """Return the file to start; without it the test is skipped, and fails where nothing may be missing."""
    take(name)
    program: Path | str | None
    if name in OWN:
        program, remedy = OWN[name].program, f"get it with `apt-get install {OWN[name].package}`"
    else:
        part = PARTS[name]
        for need in OWN.keys() & set(part.needs):
            take(need)
        program, remedy = None if part.missing() else part.program, "run `make tools`"
    if program is not None:
        return Path(program)
    reason = f"{name} is not installed; {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Program:
    """Be a running program whose output is read."""

    def __init__(self, words: Sequence[str | Path], **options: Any) -> None:
        self.lines: list[str] = []
        self._unread: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [str(word) for word in words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **options,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """Return the first new line that has the pattern."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                line = self._unread.get(timeout=min(left, 0.2))
            except queue.Empty:
                if self._process.poll() is not None:
                    break
                continue
            if found := re.search(pattern, line):
                return found
        said = "\n".join(self.lines[-40:])
        raise AssertionError(f"{self._process.args!r} never said {pattern!r}; it said:\n{said}")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self.stop()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._unread.put(self.lines[-1])


def eventually(found: Any, seconds: float = 60) -> Any:
    """Call until something comes back; return that."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
    return result


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
