"""What is wrong with a hook, in the four parts a person needs to mend it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Be the message of a HookError: `HookError(Fault(…))` reads as one sentence."""

    hook: str
    where: str
    expected: str
    came: str
    remedy: str

    def __str__(self) -> str:
        """Return the sentence."""
        return f"{self.where}: {self.hook}: expected {self.expected}; came {self.came}; {self.remedy}"
