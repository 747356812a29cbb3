"""`hookline image`: what goes into an image, and whether an image answers as it must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hookline.cli.output import ProjectDir, print_json, say
from hookline.image.names import ImageKind, image_name
from hookline.project import open_project

__all__ = ["app"]

app = typer.Typer(help="Name, fill, try and list the contents of container images.", no_args_is_help=True)

Kind: TypeAlias = Annotated[ImageKind, typer.Argument(help="production or runtime")]
Name: TypeAlias = Annotated[
    str, typer.Argument(metavar="[REPO/NAME]", help="another name than config.yaml's")
]
Tag: TypeAlias = Annotated[str, typer.Argument(metavar="[TAG]", help="another tag than config.yaml's")]
Client: TypeAlias = Annotated[str, typer.Option(envvar="DOCKER", help="client of the container engine")]


@app.command()
def name(kind: Kind, repository: Name = "", tag: Tag = "", project: ProjectDir = Path()) -> None:
    """Print the whole name of an image, as config.yaml says it."""
    say(image_name(open_project(project).settings.images, kind, repository, tag))


@app.command()
def context(
    kind: Kind,
    folder: Annotated[Path, typer.Argument(help="empty folder to write into")],
    tools: Annotated[
        Path | None,
        typer.Option(envvar="TOOLS", help="folder with kubectl and helm for a runtime image; else fetched"),
    ] = None,
    project: ProjectDir = Path(),
) -> None:
    """Write what an engine needs to build an image; dockerfiles/build.sh calls it."""
    from hookline.image.context import prepare  # noqa: PLC0415 - a name is told without it

    for left in prepare(open_project(project), kind, folder, tools=tools):
        say(f"left out {left}: an image holds code and small texts, no data")


@app.command("test")
def try_(
    repository: Name = "", tag: Tag = "", project: ProjectDir = Path(), docker: Client = "docker"
) -> None:
    """Start the production image without any rights, hold its answers against the model here, and stop it."""
    from hookline.image.engine import Engine  # noqa: PLC0415 - a name is told without it
    from hookline.image.trial import try_image  # noqa: PLC0415 - see above

    opened = open_project(project)
    image = image_name(opened.settings.images, "production", repository, tag)
    say(f"image    {image}")
    try_image(opened, image, Engine(docker), say)


@app.command()
def sbom(
    repository: Name = "",
    tag: Tag = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write", show_default="print it")
    ] = None,
    project: ProjectDir = Path(),
    docker: Client = "docker",
) -> None:
    """Write what the production image holds, as a CycloneDX bill of materials (JSON)."""
    from hookline.image.engine import Engine  # noqa: PLC0415 - a name is told without it
    from hookline.image.sbom import bill_of  # noqa: PLC0415 - see above

    image = image_name(open_project(project).settings.images, "production", repository, tag)
    bill = bill_of(image, Engine(docker))
    if output is None:
        print_json(bill)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    say(f"wrote {output}: {len(bill['components'])} components")
