"""Ask a program on PATH a question, and never wait long for the answer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Answer", "ask"]

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what the program said; `code` is None if it said nothing in time."""

    code: int | None
    said: str

    @property
    def ok(self) -> bool:
        """Tell whether it answered without an error."""
        return self.code == 0

    @property
    def last(self) -> str:
        """Return its last line: programs put the reason there."""
        lines = self.said.strip().splitlines()
        return lines[-1].strip() if lines else "it says nothing"


def ask(environ: Mapping[str, str], program: str, *words: str, seconds: float = SECONDS) -> Answer | None:
    """Run a program; None if there is no such program on PATH."""
    path = shutil.which(program, path=environ.get("PATH", ""))
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed question to a program of the user's own PATH
            [path, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            timeout=seconds,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(None, f"no answer within {seconds:g} seconds")
    except OSError as error:
        return Answer(126, error.strerror or str(error))
    return Answer(done.returncode, done.stdout)
