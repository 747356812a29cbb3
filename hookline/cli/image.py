"""`hookline image`: what goes into an image, and whether an image answers as it must."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hookline.cli.output import ProjectDir, say
from hookline.image.context import prepare
from hookline.image.names import ImageKind, image_name
from hookline.project import open_project

__all__ = ["app"]

app = typer.Typer(help="Name, fill, try and list the contents of container images.", no_args_is_help=True)

Kind: TypeAlias = Annotated[ImageKind, typer.Argument(help="production or runtime")]


@app.command()
def name(
    kind: Kind,
    repository: Annotated[str | None, typer.Argument(metavar="[REPO/NAME]", help="another name")] = None,
    tag: Annotated[str | None, typer.Argument(help="another tag")] = None,
    project: ProjectDir = Path(),
) -> None:
    """Print the whole name of an image, as config.yaml says it."""
    given = [word for word in (repository, tag) if word]
    say(image_name(open_project(project).settings.images, kind, given))


@app.command()
def context(
    kind: Kind,
    folder: Annotated[Path, typer.Argument(help="empty folder to write into")],
    project: ProjectDir = Path(),
) -> None:
    """Write what an engine needs to build an image: see dockerfiles/*/build.sh."""
    prepare(open_project(project), kind, folder)
