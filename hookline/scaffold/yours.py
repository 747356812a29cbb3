"""What the owner of a new project writes: the files that differ from project to project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Yours"]


@dataclass(frozen=True)
class Yours:
    """Hold the files of a way to begin, and what to say once they are written."""

    name: str
    """The way's own name: an example's, or that of the data file."""
    files: Mapping[str, str | bytes]
    """Contents by path in the project, with slashes. `config.yaml` holds what differs from the defaults."""
    notes: tuple[str, ...] = ()
    """Sentences to print after the project is made."""
