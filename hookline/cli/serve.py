"""`hookline serve`: run the service."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, say
from hookline.cli.quick import override
from hookline.project import open_project

__all__ = ["serve"]


def serve(  # noqa: PLR0917 - typer passes them by name
    project: ProjectDir = Path(),
    host: Annotated[
        str | None, typer.Option(help="address to listen on", show_default="service.host")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="port to listen on; 0 takes a free one", show_default="service.port")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="worker processes; 0 plans them", show_default="service.workers")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="print what would be started, and stop")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="start anew when source/ or config.yaml changes")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Serve the current model.

    Workers are planned from the CPU limit and replaced when they die. SIGTERM stops without losing a request;
    promoting a model, or SIGHUP, brings in the new one.
    """
    given = {"host": host, "port": port, "workers": workers}
    override({name: value for name, value in given.items() if value is not None})
    root = open_project(project).root
    if plan:
        from hookline.service.runner.preview import preview  # noqa: PLC0415 - loads what serving needs

        found = preview(root, os.environ)
        print_json(found.plain()) if as_json else say("\n".join(found.lines()))
        return
    flags = [*(["--reload"] if reload else []), *(["--json"] if as_json else [])]
    # What this command has imported is not needed to supervise, so its memory is given back.
    command = [sys.executable, "-P", "-m", "hookline.service.runner", str(root), *flags]
    os.execv(sys.executable, command)  # noqa: S606 - our own module, no shell wanted
