"""Read the tables of broken files: what was written, and what a person then sees.

`### what is wrong` begins a case; `$ NAME=value` sets an environment variable; the rest is the file, until
the lines that begin with `-> `, which are the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One broken file."""

    name: str
    environ: dict[str, str]
    text: str
    message: str


def cases(table: str) -> list[Case]:
    """Read `table`.txt."""
    text = (FOLDER / f"{table}.txt").read_text(encoding="utf-8")
    return [_case(part) for part in text.split("### ")[1:]]


def _case(part: str) -> Case:
    name, *lines = part.rstrip("\n").split("\n")
    variables = [line.removeprefix("$ ").partition("=") for line in lines if line.startswith("$ ")]
    message = [line.removeprefix("-> ") for line in lines if line.startswith("-> ")]
    written = [line for line in lines if not line.startswith(("$ ", "-> "))]
    environ = {name: value for name, _, value in variables}
    return Case(name, environ, "".join(f"{line}\n" for line in written), "\n".join(message))
