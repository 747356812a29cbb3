"""Show the steps of a long command: live on a terminal, a line each elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

if TYPE_CHECKING:
    from hookline.training import Reporter, Step

__all__ = ["LinesReporter", "LiveReporter", "progress"]


@contextmanager
def progress(*, silent: bool) -> Iterator[Reporter | None]:
    """Give the reporter that suits where the output goes; none at all if `silent`."""
    if silent:
        yield None
        return
    # Taken now: while hooks run, what they print to standard output goes elsewhere.
    console = Console(file=sys.stdout)
    reporter: AbstractContextManager[Reporter] = (
        LiveReporter(console) if console.is_terminal else nullcontext(LinesReporter(sys.stdout))
    )
    with reporter as chosen:
        yield chosen


class LinesReporter:
    """Print a line when a step is done."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Enclose a step."""
        yield
        self._out.write(f"{step.title:<9} {step.result}\n")
        self._out.flush()

    def warn(self, sentence: str) -> None:
        """Print a sentence where a person looks for what is odd."""
        sys.stderr.write(f"note: {sentence}\n")


class LiveReporter:
    """Keep a list of the steps on the terminal, with a spinner at the one that runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/green]"),
            TextColumn("{task.description}", markup=False),
            TextColumn(
                "{task.fields[result]}",
                style="dim",
                markup=False,
                table_column=Column(ratio=1, no_wrap=False),
            ),
            TimeElapsedColumn(),
            console=console,
            expand=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Enclose a step."""
        task = self._progress.add_task(step.title, total=1, result="")
        yield
        self._progress.update(task, completed=1, result=step.result)

    def warn(self, sentence: str) -> None:
        """Print a sentence above the steps."""
        self._progress.console.print(f"note: {sentence}", style="yellow", markup=False, highlight=False)
