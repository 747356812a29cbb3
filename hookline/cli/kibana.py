"""`hookline kibana`: what Elasticsearch and Kibana need to know of this project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import ProjectDir, say
from hookline.predlog.kibana import write_files
from hookline.project import open_project

__all__ = ["app"]

_FOLDER = "getting-started/efk/kibana"

app = typer.Typer(
    help="Write what Elasticsearch and Kibana need to know of the contract.", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Write what Elasticsearch and Kibana need to know of the contract."""


@app.command()
def export(
    folder: Annotated[
        Path | None, typer.Argument(help="folder to write into", show_default="getting-started/efk/kibana")
    ] = None,
    project: ProjectDir = Path(),
) -> None:
    """Write the index template, the data view and the dashboard."""
    opened = open_project(project)
    for path in write_files(folder or opened.root / _FOLDER, opened.contract, opened.settings):
        say(f"wrote {path}")
