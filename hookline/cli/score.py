"""`hookline score`: answer the rows of large files."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, say
from hookline.cli.score_progress import score_progress
from hookline.project import open_project
from hookline.scoring.needs import needs_arrow
from hookline.words import counted

if TYPE_CHECKING:
    from hookline.scoring.run import Result

__all__ = ["score"]


def score(  # noqa: PLR0917 - typer passes them by name
    given: Annotated[
        str, typer.Argument(metavar="IN", help="CSV or Parquet: file, folder or 'a pattern*.csv'")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="the file to write: .csv or .parquet")],
    project: ProjectDir = Path(),
    proba: Annotated[bool, typer.Option("--proba", help="also write the probability of each class")] = False,
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id", metavar="COLUMN", help="carry this column over; may be repeated", show_default="ID_NAME"
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="carry all columns over")] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="version to ask", show_default="the current one"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="start anew, and replace OUT")] = False,
    threads: Annotated[
        int, typer.Option(min=0, help="threads that read and predict; 0: as the CPU limit allows")
    ] = 0,
    engine: Annotated[str, typer.Option(help="local, or dask: on a cluster")] = "local",
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="of the Dask scheduler, tcp://host:8786")
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print errors only")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Answer every row of IN in OUT, in the same order; go on where a stopped run was.

    A row that breaks the contract has empty cells in OUT, and what is wrong with it stands in
    OUT.errors.jsonl.
    """
    if engine not in ("local", "dask"):
        raise typer.BadParameter("name local or dask", param_hint="--engine")
    if (engine == "dask") != bool(scheduler):
        raise typer.BadParameter("--engine dask and --scheduler go together", param_hint="--scheduler")
    opened = open_project(project)
    with needs_arrow():
        from hookline.scoring.score import Wishes  # noqa: PLC0415 - slow to import, and not everywhere
        from hookline.scoring.score import score as run  # noqa: PLC0415 - see above

    wishes = Wishes(
        model=model, proba=proba, ids=ids or (), keep=keep, force=force, scheduler=scheduler, threads=threads
    )
    started = perf_counter()
    try:
        with score_progress(silent=quiet or as_json) as report:
            result = run(opened, given, out, wishes, report=report, note=_note)
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted; to go on: {_command_to_go_on()}\n")
        raise typer.Exit(130) from None
    if as_json:
        print_json(_plain(result))
    elif not quiet:
        _show(result, perf_counter() - started)


def _note(sentence: str) -> None:
    sys.stderr.write(f"note: {sentence}\n")


def _command_to_go_on() -> str:
    # As it was given, but for what would throw away what is done.
    return shlex.join(["hookline", *(word for word in sys.argv[1:] if word != "--force")])


def _show(result: Result, seconds: float) -> None:
    new = result.rows - result.resumed
    before = f"; {result.resumed:,} of them before" if result.resumed else ""
    rows = counted(result.rows, "row")
    say(f"{result.out}: {rows} in {seconds:.1f} s ({new / seconds:,.0f} rows/s){before}")
    if result.errors:
        were = "was" if result.refused == 1 else "were"
        say(f"{counted(result.refused, 'row')} {were} refused; {result.errors} says why")


def _plain(result: Result) -> dict[str, object]:
    return {
        "out": str(result.out),
        "rows": result.rows,
        "refused": result.refused,
        "errors": str(result.errors) if result.errors else None,
        "resumed": result.resumed,
        "model_version": result.version,
    }
