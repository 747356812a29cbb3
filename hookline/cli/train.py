"""`hookline train`."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.cli.progress import progress
from hookline.project import open_project
from hookline.words import counted

if TYPE_CHECKING:
    from hookline.training import TrainResult

__all__ = ["train"]


def train(
    project: ProjectDir = Path(),
    n_rows: Annotated[
        int | None, typer.Option("--n-rows", min=2, help="train on so many rows only, to try something out")
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="make the new version current")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print errors only")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Train the model, prove it, and publish it as a new version."""
    opened = open_project(project)
    from hookline.training import train as run  # noqa: PLC0415 - pandas and scikit-learn are slow to import

    # Hooks print to standard error: standard output is this command's answer.
    with progress(silent=quiet or as_json) as reporter, contextlib.redirect_stdout(sys.stderr):
        result = run(opened, n_rows=n_rows, reporter=reporter, promote=promote)
    if as_json:
        print_json(result.plain())
    elif not quiet:
        _show(result)


def _show(result: TrainResult) -> None:
    from hookline.training.words import figure  # noqa: PLC0415 - see above

    say()
    print_table(
        (f"on {counted(result.holdout_rows, 'row')} held out", "model", "baseline", ""),
        [
            (m.title, _right(figure(m.value)), _right(figure(m.baseline)), m.verdict or "")
            for m in result.metrics
        ],
    )
    version = result.manifest.version
    say(f"{'Current' if result.current else 'Published, not current'}: {result.path}")
    say(
        f"Next:    open {result.path}/card.html"
        if result.current
        else f"Next:    hookline models promote {version}"
    )


def _right(text: str) -> Text:
    return Text(text, justify="right")
