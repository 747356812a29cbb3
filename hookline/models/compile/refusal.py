"""Why a model cannot be compiled, as one sentence for people."""

from __future__ import annotations

__all__ = ["CannotCompileError"]


class CannotCompileError(Exception):
    """Say what has no place in a graph. Never leaves the package: it becomes a verdict's reason."""
