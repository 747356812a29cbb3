"""How commands speak: tables and lines for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["JsonFlag", "ProjectDir", "print_json", "print_table", "say"]

ProjectDir: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--project", "-C", envvar="HOOKLINE_PROJECT", help="folder of the project", show_default="here"
    ),
]
JsonFlag: TypeAlias = Annotated[bool, typer.Option("--json", help="print JSON with documented keys")]


class _Output(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would end everything with 1


def say(line: str = "") -> None:
    """Print one line to standard output, as it is."""
    sys.stdout.write(line + "\n")


def print_json(value: Any) -> None:
    """Print JSON to standard output."""
    say(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print a table that fits a terminal, and is plain text elsewhere. Cells are never read as markup."""
    table = Table(*columns, box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console = _Output(soft_wrap=False)
    if not console.is_terminal:
        unbounded = console.options.update(max_width=10_000)
        console = _Output(width=max(console.measure(table, options=unbounded).maximum, 20))
    console.print(table)
