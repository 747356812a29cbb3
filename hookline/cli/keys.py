"""`hookline keys`: secrets for callers, and who has one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.config import load_settings
from hookline.service.keys import SCOPES, new_key, read_keys

__all__ = ["app"]

app = typer.Typer(help="Make and list API keys.", no_args_is_help=True)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="whose key it is")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help=f"what it may do: {', '.join(SCOPES)}; several are allowed", show_default="predict"
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key: its secret goes to standard error, once; its line for the key file to standard output."""
    secret, key = new_key(name, scope or ["predict"])
    if as_json:
        print_json({"name": key.name, "scopes": sorted(key.scopes), "secret": secret, "line": str(key)})
        return
    sys.stderr.write(
        f"secret: {secret}\nIt is shown only now; callers send it as X-API-Key. The line below goes into "
        "access.keys, or into the file that access.keys_file names.\n"
    )
    sys.stderr.flush()
    say(str(key))


@app.command("list")
def show(project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """List the keys that the service would accept; secrets are kept nowhere."""
    rows = [
        {"name": key.name, "scopes": sorted(key.scopes), "sha256": key.digest.hex()}
        for key in read_keys(load_settings(project, os.environ), project)
    ]
    if as_json:
        print_json(rows)
    elif not rows:
        say("no keys: everybody may call the service; `hookline keys new NAME` makes one")
    else:
        cells = [(row["name"], " ".join(row["scopes"]), row["sha256"][:12]) for row in rows]
        print_table(("name", "scopes", "sha256"), cells)
