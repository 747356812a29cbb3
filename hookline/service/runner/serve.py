"""Start the service of a project."""

from __future__ import annotations

from pathlib import Path

from hookline.errors import HooklineError
from hookline.service.runner.supervisor import Supervisor
from hookline.voice import Voice

__all__ = ["serve_project"]


def serve_project(root: Path, *, reload: bool = False, events: bool = False) -> int:
    """Serve the project in `root` until told to stop; return the exit code.

    `reload` watches the sources too; `events` writes JSON lines to standard output, for programs.
    """
    voice = Voice(events=events)
    try:
        return Supervisor(root, voice=voice, reload=reload).run()
    except HooklineError as error:
        voice.fail(str(error))
        return 1
