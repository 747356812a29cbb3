"""`hookline update`: bring a newer hookline into a project."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, say
from hookline.errors import ScaffoldError

__all__ = ["update"]


def update(
    project: ProjectDir = Path(),
    to: Annotated[
        Path | None,
        typer.Option(
            envvar="HOOKLINE_UPDATE_TO",
            help="the newer hookline: a wheel, a folder with wheels, or a checkout",
            show_default="the hookline that runs",
        ),
    ] = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="change nothing; exit 2 if the project is behind")
    ] = False,
    try_hooks: Annotated[
        bool, typer.Option("--try/--no-try", help="run `make check` in the updated project")
    ] = True,
    as_json: JsonFlag = False,
) -> None:
    """Bring a newer hookline into a project, on a branch of its own.

    What is yours stays as it is, to the byte. What you changed in managed files is merged; what both changed
    is marked. A managed file that you removed stays away. Needs git, and no network.
    """
    from hookline.scaffold.update import hand_over, standing, wheel_of  # noqa: PLC0415 - help starts without it

    if as_json and not only_check:
        raise typer.BadParameter("--json goes with --check")
    with tempfile.TemporaryDirectory(prefix="hookline-") as scratch:
        found = standing(project, wheel_of(to, Path(scratch)))
        if as_json:
            print_json({"has": found.has.version, "could_have": found.could.version, "behind": found.behind})
        if found.ahead and not only_check:
            raise ScaffoldError(
                f"the project has hookline {found.has.version}, newer than {found.could.version}; "
                "name a newer one with --to"
            )
        if only_check or not found.behind:
            if not as_json:
                say(_verdict(found.has.version, found.could.version, behind=found.behind))
            raise typer.Exit(2 if only_check and found.behind else 0)
        raise typer.Exit(hand_over(project, found.could, check=try_hooks))


def _verdict(has: str, could: str, *, behind: bool) -> str:
    if behind and has == could:
        return f"behind: there is another build of hookline {has}; `hookline update` brings it in"
    if behind:
        return (
            f"behind: the project has hookline {has}, and could have {could}; `hookline update` brings it in"
        )
    return f"up to date: hookline {has}"
