"""What one look found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Area", "Finding", "Verdict"]

Area: TypeAlias = Literal["machine", "project"]
Verdict: TypeAlias = Literal["fine", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what was looked at and what was seen; the keys of `hookline doctor --json`.

    A note is worth knowing and stops nothing that is not asked for; a problem does. Both say in `next` what
    to do.
    """

    area: Area
    what: str
    verdict: Verdict
    seen: str
    next: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return asdict(self)
