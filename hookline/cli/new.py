"""`hookline new`: make a project."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hookline.cli.output import say
from hookline.words import closest, counted, listed

if TYPE_CHECKING:
    from hookline.scaffold.create import Created
    from hookline.scaffold.yours import Yours

__all__ = ["new"]

_NAMES = "iris, housing, breast-cancer, credit or score"
_GLANCE = 100
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
        typer.Option(metavar="NAME", help=f"begin with a ready-made example: {_NAMES}", show_default=False),
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
    folder = folder or _ask_path("Folder of the new project", missing="FOLDER")
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


def _ask_path(question: str, *, missing: str) -> Path:
    return Path(_ask(question, missing=missing)).expanduser()  # as the shell does with what is typed there


def _ask_there(question: str, is_there: Callable[[Path], bool], *, missing: str) -> Path:
    """Ask until the answer names what is there: one slip must not cost the answers before."""
    path = _ask_path(question, missing=missing)
    # Path's own raise where nobody may look, and where a name is too long.
    while not is_there(path):
        say(f"{path} is not there")
        path = _ask_path(question, missing=missing)
    return path


def _ask_example() -> str:
    from hookline.scaffold.examples import EXAMPLES  # noqa: PLC0415 - help starts without it

    if sys.stdin.isatty():
        for name, words in EXAMPLES.items():
            say(f"  {name:<15}{words}")
    answer = _ask("Example", missing="the example", default="iris")
    while answer not in EXAMPLES:
        say(_not_there(answer, EXAMPLES))
        answer = _ask("Example", missing="the example", default="iris")
    return answer


def _ask_column(table: Path) -> str:
    """Ask for one of the columns that are there; without a terminal the table need not be read for that."""
    missing = "the column to predict, with --target"
    columns = _columns(table) if sys.stdin.isatty() else []
    if columns:
        say(f"Columns: {listed(columns, 20)}")
    answer = _ask("Column to predict", missing=missing)
    while columns and answer not in columns:
        say(_not_there(answer, columns))
        answer = _ask("Column to predict", missing=missing)
    return answer


def _columns(table: Path) -> list[str]:
    from hookline.contract.infer import read_data  # noqa: PLC0415 - help starts without it

    return [str(name) for name in read_data(table, rows=_GLANCE).frame.columns]


def _not_there(answer: str, known: Iterable[str]) -> str:
    like = closest(answer, known)
    hint = f"did you mean {like!r}?" if like else "choose one of those above"
    return f"there is no {answer!r}; {hint}"


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
        return ways.example(example or _ask_example())
    if way == "blank":
        kind = task or ("classification" if not sys.stdin.isatty() else _ask_task())
        return ways.blank(kind, target or "target")
    if way == "project":
        asked = "Folder of the older project"
        return ways.from_project(place or _ask_there(asked, os.path.isdir, missing="--from-project DIR"))
    file = place or _ask_there("Table (CSV or Parquet)", os.path.isfile, missing="--from-data FILE")
    column = target or _ask_column(file)
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
    there = os.path.relpath(created.root)
    say(f"Next: {'' if there == os.curdir else f'cd {shlex.quote(there)} && '}{yours.first}")
