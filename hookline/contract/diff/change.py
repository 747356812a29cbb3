"""One change of a contract, and what it means for callers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookline.words import listed, shown

__all__ = ["Change", "Verdict", "breaking", "named", "safe"]

Verdict: TypeAlias = Literal["safe", "breaking"]


@dataclass(frozen=True, slots=True)
class Change:
    """Say what changed, and why callers must or need not care.

    Breaking is what makes a request that was answered be refused, or be answered with something that a
    caller of the old contract would misread.
    """

    where: str
    kind: str
    what: str
    verdict: Verdict
    why: str


def safe(where: str, kind: str, what: str, why: str) -> Change:
    """Make a change that callers need not care about."""
    return Change(where, kind, what, "safe", why)


def breaking(where: str, kind: str, what: str, why: str) -> Change:
    """Make a change that callers must act on."""
    return Change(where, kind, what, "breaking", why)


def named(values: Iterable[object]) -> str:
    """Name some values; not more than a reader takes in at once."""
    return listed(shown(value) for value in values)
