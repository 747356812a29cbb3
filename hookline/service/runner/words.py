"""Words that supervisor and stem share."""

from __future__ import annotations

import signal

__all__ = ["cause"]


def cause(code: int) -> str:
    """Say how a process ended."""
    if code == -signal.SIGKILL:
        return "SIGKILL (the kernel sends it when memory is short)"
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
