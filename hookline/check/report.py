"""All findings of one check, in the order they were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from hookline.check.finding import Finding, Verdict

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the findings; the hooks are fine if none failed."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Tell whether nothing failed."""
        return not self.of("failed")

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        """Return the findings with this verdict."""
        return tuple(finding for finding in self.findings if finding.verdict == verdict)

    def summary(self) -> str:
        """Say in one line how it went."""
        counts = ((len(self.of(verdict)), verdict) for verdict in get_args(Verdict))
        return ", ".join(f"{count} {verdict}" for count, verdict in counts if count)

    def plain(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"ok": self.ok, "checks": [finding.plain() for finding in self.findings]}
