"""What came of compiling, for the manifest, the card and the person who waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hookline.models.graph import Scope

__all__ = ["Verdict", "not_compiled"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say whether a graph is used, and why or why not.

    `scope` is `whole` when the graph stands alone, `estimator` when it stands behind the user's process_X.
    """

    adopted: bool
    reason: str
    graph: bytes | None = field(default=None, repr=False)
    scope: Scope = "whole"
    checks: dict[str, Any] = field(default_factory=dict)


def not_compiled(reason: str) -> Verdict:
    """Keep the native model, and say why."""
    return Verdict(adopted=False, reason=reason)
