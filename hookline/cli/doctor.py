"""`hookline doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import shorten

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.doctor import Finding, examine
from hookline.errors import ProjectError
from hookline.words import counted

__all__ = ["doctor"]


def doctor(project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """Look at the machine and the project, and say the next command for what is not right.

    Exits with 1 if there is a problem. A note, such as a program that only deploying needs, is none.
    """
    if not project.is_dir():
        raise ProjectError(f"{project} is not a folder; name the folder of a project")
    findings = list(examine(project, os.environ))
    problems = sum(finding.verdict == "problem" for finding in findings)
    if as_json:
        print_json({"ok": not problems, "findings": [finding.plain() for finding in findings]})
    else:
        _print(findings)
    if problems:
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    rows = [
        (each.area, each.what, each.verdict, shorten(each.seen, 72, placeholder=" …")) for each in findings
    ]
    print_table(("", "looked at", "verdict", "seen"), rows)
    for verdict in ("problem", "note"):
        for each in findings:
            if each.verdict == verdict:
                say(f"{verdict}: {each.what}: {each.seen}")
                say(f"  next  {each.next}")
    counts = [(sum(each.verdict == verdict for each in findings), verdict) for verdict in ("problem", "note")]
    said = ", ".join(counted(number, word) for number, word in counts if number)
    say(said or "everything is fine")
