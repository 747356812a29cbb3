"""Show how far `hookline score` is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from hookline.scoring.run import Report

__all__ = ["lines", "score_progress"]

_SECONDS = 10.0


@contextmanager
def score_progress(*, silent: bool) -> Iterator[Report]:
    """Give the reporter that suits where the output goes."""
    console = Console(file=sys.stdout)
    if silent:
        yield _unheard
    elif console.is_terminal:
        with _bar(console) as report:
            yield report
    else:
        yield lines(sys.stdout)


def lines(out: TextIO, *, every: float = _SECONDS, clock: Callable[[], float] = monotonic) -> Report:
    """Print a line `every` so many seconds."""
    last = clock()

    def report(rows: int, refused: int, share: float) -> None:
        nonlocal last
        if clock() - last >= every:
            last = clock()
            out.write(f"{share:4.0%}  {_words(rows, refused)}\n")
            out.flush()

    return report


def _unheard(*_: object) -> None:
    """Tell nobody."""


@contextmanager
def _bar(console: Console) -> Iterator[Report]:
    progress = Progress(
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        TimeRemainingColumn(),
        console=console,
        expand=True,
        transient=True,
    )
    with progress:
        task = progress.add_task("score", total=1.0, words="")
        yield lambda rows, refused, share: progress.update(task, completed=share, words=_words(rows, refused))


def _words(rows: int, refused: int) -> str:
    return f"{rows:,} rows" + (f", {refused:,} refused" if refused else "")
