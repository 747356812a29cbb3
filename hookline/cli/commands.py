"""The commands by name. The file of each is imported when it is called, so that all start at once."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from hookline.cli.examples import teach

__all__ = ["COMMANDS", "Commands", "load"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

COMMANDS = {
    "check": "Try every hook on a few rows and say precisely what is wrong.",
    "client": "Write typed clients of the service.",
    "config": "Show and start config.yaml.",
    "contract": "Show, draft and compare contracts (features.yaml).",
    "deploy": "Bring the image with its model to Kubernetes, or take it back.",
    "doctor": "Look at the machine and the project, and say the next command for what is not right.",
    "feedback": "Tell what turned out to be true: into the journal of the project, or to a service.",
    "image": "Name, fill, try and list the contents of container images.",
    "keys": "Make and list API keys.",
    "kibana": "Write what Elasticsearch and Kibana need to know of the contract.",
    "logs": "Look at what was predicted, take it out, remove it.",
    "models": "Look at model versions, choose the current one, copy them.",
    "monitoring": "Write a Grafana dashboard and Prometheus alert rules.",
    "new": "Make a new project: complete, tested, in a git repository of its own.",
    "predict": "Answer the rows of a file as the service would: all of them, or none if one is refused.",
    "quality": "Show metrics by model version, and how many predictions they cover.",
    "score": "Answer every row of IN in OUT, in the same order; go on where a stopped run was.",
    "serve": "Serve the current model.",
    "ship": "Bring the prediction log to its sinks.",
    "train": "Train the model, prove it, and publish it as a new version.",
    "tutorial": "Go through a first project in nine steps: made, checked, trained, asked, served, logged.",
    "update": "Bring a newer hookline into a project, on a branch of its own.",
}
"""What the list of commands says; a test holds it against what each command says of itself."""


class Commands(TyperGroup):
    """List the commands without their files; import the file of the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=words) for name, words in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the words ask for, and the words that are its own."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, None if found is None else load(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; if whoever reads its output goes away (`| head`), end as other programs do."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _say_no_more()
            raise typer.Exit(141) from None
        except OSError as error:
            # Files are named by who writes them; without a name it is most likely standard output itself.
            if error.errno not in _FULL or error.filename is not None:
                raise
            _say_no_more()
            sys.stderr.write(f"error: what is said cannot be written: {os.strerror(error.errno)}\n")
            raise typer.Exit(1) from None


def _say_no_more() -> None:
    """Let go of what waits to be said: Python must not try again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def load(name: str) -> Any:
    """Import a command from its file: a group called `app`, or else a function of the command's name."""
    module = import_module(f"hookline.cli.{name}")
    alone = typer.Typer()
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=name)
    else:
        alone.command(name)(getattr(module, name))
    command = get_group(alone).commands[name]
    teach(name, command)
    return command
