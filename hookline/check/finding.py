"""What one step of the check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Finding", "Verdict"]

Verdict: TypeAlias = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say which hook was tried how, and what came of it; the keys of `hookline check --json`.

    A failure fills `where`, `expected`, `came` and `remedy`; a skipped step says in `remark` what it waits
    for. `printed` is what the user's code wrote to its output meanwhile.
    """

    step: str
    hook: str
    tried: str
    verdict: Verdict
    where: str = ""
    expected: str = ""
    came: str = ""
    remedy: str = ""
    remark: str = ""
    printed: str = ""
    seconds: float = 0.0

    def plain(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return asdict(self)
