"""All looks, in the order in which one would put things right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hookline.config import Settings, load_settings
from hookline.doctor.finding import Finding
from hookline.doctor.machine import LOOKS, Machine
from hookline.doctor.project import look_at_project
from hookline.errors import HooklineError
from hookline.service.runner.limits import Limits, read_limits

__all__ = ["examine"]


def examine(folder: Path, environ: Mapping[str, str], *, limits: Limits | None = None) -> Iterator[Finding]:
    """Look at the machine, and at the project in `folder` if it is one."""
    machine = Machine(environ, folder, _settings(folder, environ), limits or read_limits())
    for look in LOOKS:
        yield look(machine)
    if (folder / "source").is_dir():
        yield from look_at_project(folder.resolve(), environ)
    else:
        next_ = "hookline new, or name a project with --project"
        yield Finding(
            "project", "project", "note", f"{folder.resolve()} is none: it has no folder source", next_
        )


def _settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    try:
        return load_settings(folder, environ)
    except HooklineError:
        return Settings()  # that they cannot be read is told among the project's findings
