"""The root command."""

from __future__ import annotations

from typing import Annotated

import typer

import hookline
from hookline.cli.commands import Commands
from hookline.cli.output import say

__all__ = ["app"]

app = typer.Typer(
    name="hookline",
    cls=Commands,
    help="Fill in four hooks and two YAML files; get a production prediction service.",
    epilog=(
        "Begin with `hookline new`; in a project: `make run`, `hookline check`, `hookline train`."
        "\n\nExit codes: 0 done, 1 an error or a finding, 2 wrong use (or behind: "
        "`hookline update --check`), 130 interrupted, 143 `hookline deploy` stopped by SIGTERM."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        say(f"hookline {hookline.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    pass
