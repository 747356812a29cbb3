"""How long-running processes speak: as the logs do, or as events for a program that started them."""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

__all__ = ["Voice"]


class Voice:
    """Say what happens: sentences or JSON lines on standard error, or events on standard output."""

    def __init__(self, *, events: bool = False, out: TextIO | None = None, log: TextIO | None = None) -> None:
        self.form: Literal["console", "json"] = "console"
        self._events = events
        self._out = out or sys.stdout
        self._log = log or sys.stderr

    def say(self, event: str, sentence: str, *, level: str = "info", **facts: Any) -> None:
        """Say one thing: its name and facts for programs, a sentence for people."""
        if self._events:
            _write(self._out, json.dumps({"event": event, "sentence": sentence, **facts}))
        elif self.form == "json":
            stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            _write(self._log, json.dumps({**facts, "event": sentence, "level": level, "timestamp": stamp}))
        else:
            _write(self._log, sentence if level == "info" else f"{level}: {sentence}")

    def fail(self, sentence: str) -> None:
        """Say why the command ends: always in words, as every command does."""
        if self._events:
            _write(self._out, json.dumps({"event": "failed", "sentence": sentence}))
        _write(self._log, f"error: {sentence}")


def _write(stream: TextIO, line: str) -> None:
    # Whoever reads may be gone; that is no reason to stop serving.
    with contextlib.suppress(OSError, ValueError):
        stream.write(line + "\n")
        stream.flush()
