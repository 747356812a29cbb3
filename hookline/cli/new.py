"""`hookline new`: make a project."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hookline.cli.output import say
from hookline.words import counted

if TYPE_CHECKING:
    from hookline.scaffold.create import Created
    from hookline.scaffold.yours import Yours

__all__ = ["new"]

_WAYS = {
    "example": "a ready-made example, to look at and to change",
    "data": "a table of mine (CSV or Parquet)",
    "blank": "empty hooks that say what to write",
    "project": "a project made from an older template",
}


def new(  # noqa: PLR0917 - typer passes them by name
    folder: Annotated[
        Path | None, typer.Argument(help="folder of the project, new or empty", show_default="asked for")
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="begin with this ready-made example", show_default=False),
    ] = None,
    from_data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="draft everything for this table", show_default=False)
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="column to predict", show_default=False)
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", metavar="COLUMN", help="column that names a row", show_default=False)
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="classification or regression", show_default="seen from the data")
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help="begin with empty hooks")] = False,
    from_project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="carry over the hooks of an older project", show_default=False),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="what it is called", show_default="the folder's name")
    ] = None,
    git: Annotated[bool, typer.Option("--git/--no-git", help="make a git repository of it")] = True,
) -> None:
    """Make a new project: complete, tested, in a git repository of its own.

    What no option says is asked for, on a terminal. Nothing is ever written over.
    """
    from hookline.scaffold.create import create, must_be_free  # noqa: PLC0415 - help starts without it
    from hookline.scaffold.names import Names  # noqa: PLC0415 - see above
    from hookline.scaffold.pack import own_wheel  # noqa: PLC0415 - see above

    given = {"example": example, "data": from_data, "blank": blank or None, "project": from_project}
    chosen = [way for way, value in given.items() if value is not None]
    _must_fit(chosen, target=target, id_=id_, task=task)
    folder = folder or Path(_ask("Folder of the new project", missing="FOLDER"))
    names = Names.of(name or folder.absolute().name)
    must_be_free(folder)
    way = chosen[0] if chosen else _ask_way()
    yours = _yours(way, example, from_data or from_project, target=target, id_=id_, task=task)
    with tempfile.TemporaryDirectory(prefix="hookline-") as scratch:
        created = create(folder, yours, names=names, wheel=own_wheel(Path(scratch)), git=git)
    _show(created, yours, asked_for_git=git)


def _must_fit(chosen: list[str], *, target: str | None, id_: str | None, task: str | None) -> None:
    if len(chosen) > 1:
        raise typer.BadParameter("choose one of --example, --from-data, --blank and --from-project")
    way = chosen[0] if chosen else ""
    if task not in (None, "classification", "regression"):
        raise typer.BadParameter(f"--task is classification or regression, not {task!r}")
    if way in ("example", "project") and (target or task or id_):
        raise typer.BadParameter(
            "--target, --id and --task go with --from-data; examples and projects have theirs"
        )
    if id_ and way == "blank":
        raise typer.BadParameter("--id goes with --from-data; set service.ID_NAME in config.yaml instead")


def _ask(question: str, *, missing: str, default: str | None = None) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"name {missing}; there is no terminal to ask on")
    try:
        return str(typer.prompt(question, default=default))
    except typer.Abort:  # Ctrl-C and Ctrl-D at a question are what they are anywhere else
        raise KeyboardInterrupt from None


def _ask_way() -> str:
    ways = "--example NAME, --from-data FILE --target COLUMN, --blank or --from-project DIR"
    if sys.stdin.isatty():
        say("How do you want to begin?")
        for number, words in enumerate(_WAYS.values(), 1):
            say(f"  {number}  {words}")
    answer = _ask("Number", missing=f"how to begin: {ways}", default="1")
    while answer not in ("1", "2", "3", "4"):
        answer = _ask("Number, 1 to 4", missing=ways)
    return list(_WAYS)[int(answer) - 1]


def _yours(
    way: str,
    example: str | None,
    place: Path | None,
    *,
    target: str | None,
    id_: str | None,
    task: str | None,
) -> Yours:
    from hookline.scaffold import ways  # noqa: PLC0415 - help starts without it

    if way == "example":
        return ways.example(example or _ask("Example", missing="the example", default="iris"))
    if way == "blank":
        kind = task or ("classification" if not sys.stdin.isatty() else _ask_task())
        return ways.blank(kind, target or "target")
    if way == "project":
        return ways.from_project(
            place or Path(_ask("Folder of the older project", missing="--from-project DIR"))
        )
    file = place or Path(_ask("Table (CSV or Parquet)", missing="--from-data FILE"))
    column = target or _ask("Column to predict", missing="the column to predict, with --target")
    return ways.from_data(file, column, id_, task)


def _ask_task() -> str:
    answer = _ask("classification or regression", missing="--task", default="classification")
    return answer if answer in ("classification", "regression") else _ask_task()


def _show(created: Created, yours: Yours, *, asked_for_git: bool) -> None:
    say(f"{created.root}: {created.names.title}, begun with {yours.name}")
    say(f"  {counted(len(created.yours), 'file')} of yours, {created.managed} managed ones")
    for path in created.yours:
        say(f"    {path}")
    if created.repository:
        say("  a git repository with a first commit")
    elif asked_for_git:
        say("  no git repository, for git is not installed; `hookline update` will need one")
    for note in yours.notes:
        say(f"  {note}")
    say(f"Next: cd {shlex.quote(os.path.relpath(created.root))} && make run")
