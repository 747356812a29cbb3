"""Score files: chunks in, rows out, noted often enough that nothing much is lost when the power is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

import pyarrow as pa

from hookline.errors import ScoringError
from hookline.scoring.engine import Done, Engine
from hookline.scoring.formats import OutputFormat
from hookline.scoring.output import Output
from hookline.scoring.sources.source import Source
from hookline.scoring.state import Progress, StateFile

__all__ = ["Job", "Report", "Result", "run", "unheard"]


@dataclass(frozen=True, slots=True)
class Job:
    """Say what is scored, how, and where to. `identity` is what a run that goes on must have in common."""

    source: Source
    wanted: Mapping[str, pa.DataType]
    schema: pa.Schema
    out: Path
    format: OutputFormat
    engine: Engine
    identity: Mapping[str, Any]
    force: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """Say what came of it. `resumed` rows had been scored before."""

    out: Path
    version: str
    rows: int
    refused: int
    errors: Path | None
    resumed: int


Report: TypeAlias = Callable[[int, int, float], object]
"""Be told how far a run has come: rows, how many of them were refused, the share of the input from 0 to 1."""


def unheard(*_: object) -> None:
    """Tell nobody."""


def run(
    job: Job,
    report: Report = unheard,
    *,
    every: float = 1.0,
    clock: Callable[[], float] = monotonic,
) -> Result:
    """Score `job`, or go on with it; note how far it has come `every` so many seconds."""
    state = StateFile(job.out.with_name(job.out.name + ".state.json"), job.identity)
    # Path's own raises where nobody may look; Output has a sentence for that.
    finished = os.path.exists(job.out) and not os.path.exists(state.path)  # noqa: PTH110
    if finished and not job.force:
        raise ScoringError(f"{job.out} exists already; name another file, or replace it with --force")
    with Output(job.out, job.format) as output:
        progress = None if job.force else state.read()
        resumed = 0 if progress is None else progress.rows
        if progress is None or not progress.complete:
            progress = _score(job, output, _Notes(state, output, every, clock), progress, report)
        with output.writing():
            output.finish(progress)
        state.remove()
    errors = output.errors if progress.refused else None
    return Result(job.out, job.identity["version"], progress.rows, progress.refused, errors, resumed)


@dataclass(slots=True)
class _Notes:
    """Write the state file now and then."""

    state: StateFile
    output: Output
    every: float
    clock: Callable[[], float]
    last: float = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.clock()

    def take(self, progress: Progress, *, at_once: bool = False) -> None:
        """Note `progress`, once what it speaks of is safely on disk."""
        if at_once or self.clock() - self.last >= self.every:
            with self.output.writing():
                self.output.sync()
                self.state.write(progress)
            self.last = self.clock()


def _score(job: Job, output: Output, notes: _Notes, progress: Progress | None, report: Report) -> Progress:
    output.go_on(progress or Progress())
    if progress is None:
        progress = Progress(out_bytes=output.append(job.format.begin(job.schema))[0])
        notes.take(progress, at_once=True)
    with job.engine:
        for done in job.engine.map(job.source.chunks(job.wanted, progress.position)):
            progress = _add(output, done, progress)
            report(progress.rows, progress.refused, done.share)
            notes.take(progress)
    progress = replace(progress, complete=True)
    notes.take(progress, at_once=True)
    return progress


def _add(output: Output, done: Done, before: Progress) -> Progress:
    scored = done.scored
    out_bytes, error_bytes = output.append(scored.data, scored.faults, first_row=before.rows)
    return Progress(
        position=done.end,
        rows=before.rows + scored.rows,
        refused=before.refused + len({row for row, _ in scored.faults}),
        out_bytes=out_bytes,
        error_bytes=error_bytes,
    )
