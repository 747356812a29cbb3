"""`hookline monitoring`: what Grafana and Prometheus need to know of the service's metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import ProjectDir, say
from hookline.project import open_project

__all__ = ["app"]

_FOLDER = "monitoring"

app = typer.Typer(help="Write a Grafana dashboard and Prometheus alert rules.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Write a Grafana dashboard and Prometheus alert rules."""


@app.command()
def export(
    folder: Annotated[Path | None, typer.Argument(help="folder to write into", show_default=_FOLDER)] = None,
    project: ProjectDir = Path(),
) -> None:
    """Write the dashboard and the rules, with the limits that config.yaml sets."""
    from hookline.monitoring import write_files  # noqa: PLC0415 - help starts without it

    opened = open_project(project)
    for path in write_files(folder or opened.root / _FOLDER, opened.settings):
        say(f"wrote {path}")
