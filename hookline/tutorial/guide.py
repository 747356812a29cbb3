"""Go through the steps, one at a time, each in the words of the command line."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from hookline.errors import HooklineError
from hookline.tutorial.service import ask, serving
from hookline.tutorial.steps import PROJECT, STEPS, Step

__all__ = ["run"]


def run(
    say: Callable[[str], None],
    pause: Callable[[], None],
    environ: Mapping[str, str],
    steps: Sequence[Step] = STEPS,
) -> None:
    """Show all steps in a temporary folder; `pause` is called between them. Nothing is left behind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hookline-tutorial-")))
        # Settings of this shell's own project would make something else of the example.
        clean = {key: value for key, value in environ.items() if not key.startswith("HOOKLINE_")}
        address = ""
        for number, step in enumerate(steps, 1):
            project = folder / PROJECT
            say(f"── {number} of {len(steps)}: {step.title} ──")
            say(step.words)
            pause()
            if step.shows:
                say(f"$ cat {step.shows}")
                say((project / step.shows).read_text(encoding="utf-8").rstrip("\n"))
            elif step.asks:
                address = address or stack.enter_context(serving(project, clean))
                say("$ make run")
                say(f"$ curl -H 'Content-Type: application/json' -d '{step.asks}' \\")
                say(f"    {address}/api/predictions")
                say(ask(address, step.asks))
            else:
                _command(step, project if project.is_dir() else folder, say, clean)
            say("")


def _command(step: Step, folder: Path, say: Callable[[str], None], environ: Mapping[str, str]) -> None:
    words = shlex.join(["hookline", *step.command])
    say(f"$ echo '{step.given}' | {words}" if step.given else f"$ {words}")
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "hookline.cli", *step.command],
        cwd=folder,
        env=dict(environ),
        input=step.given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    say(done.stdout.rstrip("\n"))
    if done.returncode != step.code:
        raise HooklineError(
            f"`{words}` ended with {done.returncode} instead of {step.code}; `hookline doctor` may say why"
        )
