"""`hookline logs verify`: whether the log adds up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.errors import NoLogError
from hookline.project import open_project
from hookline.words import counted

if TYPE_CHECKING:
    from hookline.predlog.accounts import Account

__all__ = ["verify"]

_COLUMNS = ("sink", "appended", "delivered", "pending", "dead_lettered", "dropped", "missing")


def verify(
    project: ProjectDir = Path(),
    accept: Annotated[bool, typer.Option("--accept", help="take note of what is missing for good")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check that every record is somewhere, and the database is whole; 1 if not.

    appended = delivered + pending + dead-lettered + dropped

    What a power loss took is said until it is accepted.
    """
    from hookline.predlog.places import Places  # noqa: PLC0415 - help starts without it
    from hookline.predlog.sinks import make_sinks  # noqa: PLC0415 - as above
    from hookline.predlog.verify import accept as take_note  # noqa: PLC0415 - as above
    from hookline.predlog.verify import verify as verdict_of  # noqa: PLC0415 - as above

    found = open_project(project)
    if not found.settings.prediction_log.enabled:
        raise NoLogError("prediction_log.enabled is false, so there is no log; set it to true in config.yaml")
    places, sinks = Places.of(found.settings, found.root), make_sinks(found.settings, found.root)
    if accept:
        take_note(places, sinks)
    verdict = verdict_of(places, sinks)
    rows = [account.plain() for account in verdict.accounts]
    if as_json:
        print_json({"accounts": rows, "findings": list(verdict.findings), "closes": not verdict.findings})
    else:
        titles = [column.replace("_", "-") for column in _COLUMNS]
        print_table(titles, [[f"{row[c]:,}" if c != "sink" else row[c] for c in _COLUMNS] for row in rows])
        for line in filter(None, map(_accepted, verdict.accounts)):
            say(line)
        for finding in verdict.findings:
            say(finding)
        if not verdict.findings:
            lost = any(account.accepted > 0 for account in verdict.accounts)
            say("Every other record is somewhere." if lost else "Every record is somewhere.")
    if verdict.findings:
        raise typer.Exit(1)


def _accepted(account: Account) -> str:
    if account.accepted > 0:
        return f"{account.sink}: {counted(account.accepted, 'record')} lost, as was accepted"
    if account.accepted < 0:
        return (
            f"{account.sink}: {counted(-account.accepted, 'record')} more than were counted, as was accepted"
        )
    return ""
