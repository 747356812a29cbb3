"""Score in a process of its own, which stops at a row and waits there to be killed.

    python -m tests.framework.scoring.child PROJECT IN OUT STOP_AT [careless]

It says `at N` when STOP_AT rows or more are scored. By then every chunk but the last is noted, and all of
them are on disk. `careless` goes on without cutting anything back: what a crash test has to notice.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hookline.project import open_project
from hookline.scoring.output import Output
from hookline.scoring.score import Wishes, score
from hookline.scoring.sources.csv import CsvSource
from hookline.scoring.sources.parquet import ParquetSource
from hookline.scoring.state import Progress

_append = Output.append


def _append_through(output: Output, *words: Any, **more: Any) -> tuple[int, int]:
    lengths = _append(output, *words, **more)
    output._rows.flush()
    output._faults.flush()
    return lengths


def _go_on_carelessly(output: Output, progress: Progress) -> None:
    for file in (output._rows, output._faults):
        file.seek(0, os.SEEK_END)


def main(project: str, given: str, out: str, stop_at: str, *how: str) -> None:
    """Score, and stop."""
    CsvSource.block, ParquetSource.cells = 2000, 300
    Output.append = _append_through  # type: ignore[assignment,method-assign] # see the docstring
    if how:
        Output.go_on = _go_on_carelessly  # type: ignore[assignment,method-assign] # the null control

    def report(rows: int, refused: int, share: float) -> None:
        if rows >= int(stop_at):
            sys.stdout.write(f"at {rows}\n")
            sys.stdout.flush()
            sys.stdin.read()

    score(open_project(Path(project), {}), given, Path(out), Wishes(ids=["id"]), report=report, every=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
