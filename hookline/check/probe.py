"""Run the steps, in the process that may be hurt by the user's code; each finding is one JSON line.

`python -m hookline.check.probe` is how `hookline check` starts it; see child.py for what the two agree on.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hookline.check.bench import Bench
from hookline.check.events import MARK, Event
from hookline.check.finding import Finding
from hookline.check.limits import limit_memory
from hookline.check.steps import STEPS, NotApplicable, Step
from hookline.errors import HooklineError
from hookline.hooks import Fault
from hookline.hooks.place import place_of_hook
from hookline.hooks.surface import surface
from hookline.project import open_project

__all__ = ["main", "run_steps"]


def run_steps(
    root: Path, n_rows: int, emit: Callable[[Event], None], *, steps: Sequence[Step] = STEPS
) -> None:
    """Run every step whose needs have passed; `emit` hears when one starts and what it found."""
    bench = Bench(open_project(root), n_rows)
    emit({"plan": [_skipped(step, "the check ended before").plain() for step in steps]})
    found: dict[str, Finding] = {}
    for step in steps:
        missing = next((found[name] for name in step.needs if found[name].verdict != "passed"), None)
        if missing is not None:
            finding = _skipped(step, missing.remark or f"waits for {missing.hook}")
        else:
            emit({"started": step.name, "where": _place(step)})
            finding = _try(step, bench)
        found[step.name] = finding
        emit({"finding": finding.plain()})


def _try(step: Step, bench: Bench) -> Finding:
    began = time.perf_counter()
    try:
        remark = step.run(bench)
    except NotApplicable as reason:
        return _skipped(step, str(reason))
    except HooklineError as error:
        return _failure(step, error, time.perf_counter() - began)
    seconds = round(time.perf_counter() - began, 3)
    return Finding(step.name, step.hook, step.tried, "passed", remark=remark or "", seconds=seconds)


def _skipped(step: Step, reason: str) -> Finding:
    return Finding(step.name, step.hook, step.tried, "skipped", remark=reason)


def _failure(step: Step, error: HooklineError, seconds: float) -> Finding:
    fault = error.args[0] if error.args else None
    if not isinstance(fault, Fault):
        fault = Fault(step.hook, where="", expected="", came=str(error), remedy="")
    return Finding(
        step.name,
        fault.hook,
        step.tried,
        "failed",
        where=fault.where,
        expected=fault.expected,
        came=fault.came,
        remedy=fault.remedy,
        seconds=round(seconds, 3),
    )


def _place(step: Step) -> str:
    return place_of_hook(step.hook) if surface(step.hook) else ""


def main(root: str, n_rows: str, events: str, trace: str, memory: str) -> None:
    """Run as the child: `events` and `trace` are file descriptors, `memory` is in bytes."""
    stacks = os.fdopen(int(trace), "w")
    # A crash leaves its stack in the file; the parent asks for the stack of a hook that hangs.
    faulthandler.enable(file=stacks, all_threads=False)
    faulthandler.register(signal.SIGUSR1, file=stacks)
    limit_memory(int(memory))
    with os.fdopen(int(events), "w", encoding="utf-8") as stream:

        def emit(event: Event) -> None:
            # A hook may have closed or replaced the streams; the check goes on without its prints.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stderr.flush()
                sys.stdout.write(f"{MARK}{event['started']}{MARK}" if "started" in event else "")
                sys.stdout.flush()
            stream.write(json.dumps(event) + "\n")
            stream.flush()

        run_steps(Path(root), int(n_rows), emit)


if __name__ == "__main__":
    main(*sys.argv[1:])
