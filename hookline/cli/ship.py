"""`hookline ship`: bring the prediction log from the journal to its sinks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import ProjectDir
from hookline.project import open_project

__all__ = ["ship"]


def ship(
    project: ProjectDir = Path(),
    once: Annotated[
        bool, typer.Option("--once", help="ship what is there and stop; 1 if a sink does not take it")
    ] = False,
) -> None:
    """Bring the prediction log to its sinks.

    A running service does it by itself. This is for a journal whose service is gone.
    """
    root = open_project(project).root
    flags = ["--once"] if once else []
    command = [sys.executable, "-P", "-m", "hookline.predlog.shipper", str(root), *flags]
    os.execv(sys.executable, command)  # noqa: S606 - our own module, no shell wanted
