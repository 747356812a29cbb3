"""Read the fenced blocks of a manual page, and run them as a reader would.

`console`  each `$ command`, with the lines `> ` right behind it, is run in a copy of the project; what
           follows is its output. A line `...` stands for any lines, `…` for anything within a line. A
           command must succeed, unless `<!-- exit N -->` stands before.
`python`   run in order in one process per page; a `text` block right behind is the output. A first
           line `# source/…` makes the block that file of the project instead.
`yaml`     a first line `# features.yaml` or `# config.yaml` has it parsed as such, `# source/…` has
           it written.

`<!-- not run: reason -->` before a block leaves it out.

`<!-- serve -->` starts the service for all blocks behind it, on a free port, which takes the place of 5000 in
what the page shows (`http://127.0.0.1:5000`). `<!-- serve max_rows=2 access__keys_file=keys.txt -->` sets
`service.max_rows` and `access.keys_file` for it; the one before runs on until the page ends.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hookline.config import load_settings
from hookline.contract import parse_contract_text
from tests.framework.service.running import serve

SERVE = re.compile(r"^<!-- serve(?P<settings>(?: \w+=\S*)*) -->$", re.MULTILINE)
SHOWN = "127.0.0.1:5000"
FENCE = re.compile(
    r"(?:^<!-- (?P<note>(?:not run: .+?|exit \d+)) -->\n+)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
TIMEOUT = 300


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    kind: str
    body: str
    note: str
    line: int
    adjacent: bool
    serve: str | None = None
    """Settings of the service that is started before this block."""

    @property
    def target(self) -> str | None:
        """Name the project file that the block is, if it is one."""
        first = self.body.split("\n", 1)[0]
        return first[2:].strip() if first.startswith("# source/") else None


def blocks(text: str) -> Iterator[Block]:
    """Go through the blocks of a page."""
    end = 0
    for match in FENCE.finditer(text):
        between = text[end : match.start()]
        yield Block(
            kind=match["kind"],
            body=match["body"],
            note=match["note"] or "",
            line=text.count("\n", 0, match.start("body")),
            adjacent=not between.strip(),
            serve=marks[-1]["settings"] if (marks := list(SERVE.finditer(between))) else None,
        )
        end = match.end()


def matches(expected: str, actual: str) -> bool:
    """Tell whether `actual` is what the manual shows."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += (
                r"[^\n]*?".join(re.escape(part.rstrip()) for part in line.rstrip().split("…")) + r"[ ]*\n"
            )
    plain = "\n".join(line.rstrip() for line in actual.rstrip("\n").split("\n")) + "\n"
    return re.fullmatch(pattern, plain) is not None


@dataclass
class Page:
    """Run one page's blocks in `folder`, a copy of the project."""

    name: str
    folder: Path

    def run(self, text: str) -> None:
        """Run every block; fail at the first that does not do what the page says."""
        with contextlib.ExitStack() as services:
            self._run(list(blocks(text)), services)

    def _run(self, found: list[Block], services: contextlib.ExitStack) -> None:
        script, wanted, address = "", "", SHOWN
        for shown, after in itertools.zip_longest(found, found[1:]):
            if shown.serve is not None:
                address = self._serve(shown.serve, services)
            block, following = (
                one and replace(one, body=one.body.replace(SHOWN, address)) for one in (shown, after)
            )
            if block.note.startswith("not run"):
                continue
            if block.target:
                (self.folder / block.target).write_text(block.body, encoding="utf-8")
            elif block.kind == "console":
                self._console(block)
            elif block.kind == "yaml":
                self._yaml(block)
            elif block.kind == "python":
                script += block.body + "\nprint(end='', flush=True)\n"
                if following is not None and following.kind == "text" and following.adjacent:
                    wanted += following.body
        if script:
            self._expect("its python blocks", wanted, *self._start([sys.executable, "-c", script]), code=0)

    def _serve(self, settings: str, services: contextlib.ExitStack) -> str:
        given: dict[str, Any] = dict(pair.split("=", 1) for pair in settings.split())
        return services.enter_context(serve(self.folder, **given)).url.removeprefix("http://")

    def _console(self, block: Block) -> None:
        code = int(block.note.removeprefix("exit ")) if block.note else 0
        for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            command = lines.pop(0)
            while command.endswith("\\"):
                command = command[:-1] + lines.pop(0).removeprefix(">")
            while lines[0].startswith("> "):
                command += "\n" + lines.pop(0).removeprefix("> ")
            output, status = self._start(["bash", "-c", command])
            self._expect(f"line {block.line}: $ {command}", "\n".join(lines), output, status, code=code)

    def _start(self, command: list[str]) -> tuple[str, int]:
        scripts = Path(sys.executable).parent
        environment = {
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "VENV": str(scripts.parent),
            "COLUMNS": "110",
            "NO_COLOR": "1",
            "PYTHONWARNINGS": "default",
            "MAKEFLAGS": "",
            "MAKELEVEL": "0",  # a reader is not within `make test`
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return done.stdout, done.returncode

    def _expect(self, what: str, wanted: str, output: str, status: int, *, code: int) -> None:
        if status != code:
            raise AssertionError(f"{self.name}, {what}: exit {status} instead of {code}\n{output}")
        if wanted.strip() and not matches(wanted, output):
            raise AssertionError(f"{self.name}, {what}: the page shows\n{wanted}\nbut this came\n{output}")

    def _yaml(self, block: Block) -> None:
        first = block.body.split("\n", 1)[0]
        if first.startswith("# features.yaml"):
            parse_contract_text(block.body, name=self.name)
        elif first.startswith("# config.yaml"):
            scratch = self.folder / "var" / "manual"
            scratch.mkdir(parents=True, exist_ok=True)
            (scratch / "config.yaml").write_text(block.body, encoding="utf-8")
            load_settings(scratch, {})
