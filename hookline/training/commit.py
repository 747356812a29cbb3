"""Ask Git which commit the project is at."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Commit", "current_commit"]

_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Commit:
    """Hold a commit, and whether files differ from it."""

    id: str
    dirty: bool

    def __str__(self) -> str:
        """Write the commit the way people quote it."""
        return self.id[:12] + (" with uncommitted changes" if self.dirty else "")


def current_commit(folder: Path) -> Commit | None:
    """Return the commit of `folder`; None without Git or without a commit."""
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--", ".")
    if head is None or changes is None:
        return None
    return Commit(head.strip(), bool(changes.strip()))


def _git(folder: Path, *words: str) -> str | None:
    # Reading must not take the repository's lock: somebody may be committing right now.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            ["git", "-C", str(folder), *words],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
