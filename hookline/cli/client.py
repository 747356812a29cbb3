"""`hookline client`: write typed clients of the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, say
from hookline.client.contract import served_contract
from hookline.client.names import package_name
from hookline.client.python import write_client
from hookline.project import open_project

__all__ = ["app"]

app = typer.Typer(help="Write typed clients of the service.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    # A group stays one while it has a single command.
    pass


@app.command()
def python(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder to write the package into")],
    project: ProjectDir = Path(),
    name: Annotated[
        str | None, typer.Option(help="name of the package", show_default="service.name and _client")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="version to ask", show_default="the current one"),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a Python package that asks the service: typed rows in, typed answers out, no dependency."""
    opened = open_project(project)
    service = opened.settings.service
    package = name or package_name(service.name)
    if not package.isidentifier():
        raise typer.BadParameter(f"{package!r} is no name of a package", param_hint="--name")
    contract = served_contract(opened, model)
    written = write_client(folder / package, contract, service.name, service.ID_NAME)
    if as_json:
        print_json({"package": str(folder / package), "files": [str(path) for path in written]})
        return
    say(f"Written: {folder / package}")
    say(f"Next:    from {package} import Client, Row")
