"""`hookline tutorial`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from hookline.cli.output import say
from hookline.tutorial import run

__all__ = ["tutorial"]


def tutorial(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not wait between steps")] = False,
) -> None:
    """Go through a first project in nine steps: made, checked, trained, asked, served, logged.

    The commands are real, and so is what they print. The project lies in a temporary folder, which goes away
    at the end, or with Ctrl-C.
    """
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to press Enter on; say --yes")
    run(_say, (lambda: None) if yes else _wait, os.environ)
    say("That is all. Now with your own data:")
    say("  hookline new ../churn --from-data customers.csv --target churn")
    say("  hookline new ../churn --blank        hooks that say what to write")
    say("The manual is in docs/; `hookline --help` lists the commands.")


def _say(line: str) -> None:
    # At once: what the next step does may take a while.
    say(line)
    sys.stdout.flush()


def _wait() -> None:
    try:
        input("[Enter] ")
    except EOFError as error:
        raise KeyboardInterrupt from error  # Ctrl-D means the same
