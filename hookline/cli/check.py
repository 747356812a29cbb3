"""`hookline check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.check import Finding, Report, check_hooks
from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.project import open_project

__all__ = ["check"]


def check(
    project: ProjectDir = Path(),
    n_rows: Annotated[int, typer.Option("--n-rows", min=20, help="rows of the sample")] = 500,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="seconds that one step may take")] = 60,
    as_json: JsonFlag = False,
) -> None:
    """Try every hook on a few rows and say precisely what is wrong."""
    report = check_hooks(open_project(project).root, n_rows=n_rows, timeout=timeout)
    if as_json:
        print_json(report.plain())
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    print_table(
        ["hook", "what was tried", "verdict", ""],
        [(each.hook, each.tried, each.verdict, each.remark) for each in report.findings],
    )
    told = set()
    for finding in report.findings:
        if finding.verdict == "failed":
            # A file that cannot be imported fails every step that needs it.
            if (finding.where, finding.came) not in told:
                _print_failure(finding)
            told.add((finding.where, finding.came))
        elif finding.printed:
            say(f"{finding.hook} printed:")
            _print_printed(finding)
    say(report.summary())


def _print_failure(finding: Finding) -> None:
    say(f"{finding.where or finding.hook}: {finding.hook} ({finding.tried})")
    for word, text in (("expected", finding.expected), ("came", finding.came), ("next", finding.remedy)):
        if text:
            say(f"  {word:<9} {text}")
    if finding.printed:
        say("  printed")
        _print_printed(finding)
    say()


def _print_printed(finding: Finding) -> None:
    for line in finding.printed.splitlines():
        say(f"    {line}")
