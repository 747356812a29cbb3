"""Check a project's hooks in a process of their own, and report whatever happens to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from hookline.check.child import Child, TimeUp
from hookline.check.events import Event
from hookline.check.finding import Finding
from hookline.check.limits import default_memory
from hookline.check.report import Report

__all__ = ["check_hooks"]


def check_hooks(root: Path, *, n_rows: int = 500, timeout: float = 60.0, memory: int | None = None) -> Report:
    """Try every hook of the project in `root` and report; the user's code never runs in this process.

    A step fails that takes longer than `timeout` seconds, or more than `memory` bytes (default: most of
    what the machine has).
    """
    with Child(root.resolve(), n_rows, default_memory() if memory is None else memory) as child:
        return _watch(child, timeout)


def _watch(child: Child, timeout: float) -> Report:
    plan: dict[str, Finding] = {}
    done: dict[str, Finding] = {}
    running: Event = {}
    broken: Callable[[Finding], Finding] | None = None
    try:
        for event in child.events(timeout):
            if "plan" in event:
                plan = {each["step"]: Finding(**each) for each in event["plan"]}
            elif "started" in event:
                running = event
            else:
                finding = Finding(**event["finding"])
                done[finding.step] = replace(finding, printed=child.printed(finding.step))
                running = {}
        if not plan or len(done) < len(plan):
            broken = partial(_ended, how=child.ending(), where=child.stack_place())
    except TimeUp:
        broken = partial(_silent, seconds=timeout, where=child.hanging_place())
    if broken is not None:
        name = running.get("started", "")
        finding = plan.get(name, Finding("check", "the check itself", "runs to its end", "failed"))
        done[finding.step] = broken(
            replace(finding, where=running.get("where", ""), printed=child.printed(name), remark="")
        )
    return Report(tuple((plan | done).values()))


def _ended(finding: Finding, how: str, where: str | None) -> Finding:
    return replace(
        finding,
        verdict="failed",
        where=where or finding.where,
        expected="a hook that returns",
        came=how,
        remedy="look for os._exit, for memory, or for a crash in a compiled library",
    )


def _silent(finding: Finding, seconds: float, where: str | None) -> Finding:
    return replace(
        finding,
        verdict="failed",
        where=where or finding.where,
        expected=f"an answer within {seconds:g} seconds",
        came="none",
        remedy="look for a loop without end or a slow source; allow more time with --timeout",
    )
