"""One step of the check: which hook is tried how, and which steps must have passed before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hookline.check.bench import Bench

__all__ = ["NotApplicable", "Step"]


class NotApplicable(Exception):  # noqa: N818 - it ends a step early; nothing is wrong
    """Say why a step has nothing to try in this project."""


@dataclass(frozen=True, slots=True)
class Step:
    """Describe a step; `run` returns a remark or nothing, and raises a HooklineError on a failure."""

    name: str
    hook: str
    tried: str
    run: Callable[[Bench], str | None]
    needs: tuple[str, ...] = ()
