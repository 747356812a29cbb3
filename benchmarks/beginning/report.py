"""The beginning as a section of the page, and its session as a picture."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = "first-service.svg"
WIDTH = 110
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def section(result: dict[str, Any], pictures: Path) -> Iterator[str]:
    """Write the section."""
    draw(result["session"], pictures / PICTURE)
    reached = "yes" if result["total"] <= result["most"] else "**no**"
    yield "## From an empty folder to the first answer\n"
    yield f"A folder with a table of {result['rows']:,} rows and nothing else, and three commands:"
    yield "`hookline new --from-data`, `make run`, `curl`. Measured with a warm package cache; most of the"
    yield "time goes to installing the locked packages into the project's own environment. All of it took"
    yield f"{result['cpu']:.0f} s of CPU time; on a busy machine it takes longer by the clock.\n"
    yield f"![What the terminal shows](pictures/{PICTURE})\n"
    yield "| step | seconds |"
    yield "|---|---:|"
    yield from (f"| {step} | {seconds:.1f} |" for step, seconds in result["seconds"].items())
    yield f"| all, at most {result['most']} | {result['total']:.1f} ({reached}) |"


def draw(session: list[list[str]], path: Path) -> None:
    """Draw what a terminal showed. No font is fetched: whatever the reader has for code is used."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    for command, output in session:
        console.print(Text(f"$ {command}", style="bold green"), soft_wrap=False)
        console.print(Text(output.rstrip("\n")), highlight=False)
    picture = console.export_svg(title="three commands", theme=MONOKAI, unique_id="first-service")
    picture = _FONTS.sub("", picture).replace("Fira Code", "ui-monospace")
    path.write_text("\n".join(line.rstrip() for line in picture.splitlines()) + "\n", encoding="utf-8")
