"""`hookline feedback`: tell what turned out to be true."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, say
from hookline.project import open_project

__all__ = ["feedback"]


def feedback(
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON or JSON lines : actual, and prediction_id or the ID")
    ],
    project: ProjectDir = Path(),
    url: Annotated[str | None, typer.Option(help="tell the service there, such as http://host:5000")] = None,
    key: Annotated[str | None, typer.Option(envvar="HOOKLINE_API_KEY", help="API key for --url")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell what turned out to be true: into the journal of the project, or to a service."""
    from hookline.scoring.feedback import tell_here, tell_there  # noqa: PLC0415 - help starts without it

    opened = open_project(project)
    done = tell_here(opened, file) if url is None else tell_there(opened, file, url, key)
    if as_json:
        print_json(done)
        return
    said = f"{done['accepted']:,} truths taken"
    if done["matched"] is not None:
        said += f", {done['matched']:,} about known predictions; the others are held until theirs arrive"
    say(said)
