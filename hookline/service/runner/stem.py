"""The process that loads a model once and forks the workers that serve it; one per generation.

The supervisor starts it as `python -m hookline.service.runner.stem ROOT FD`; FD is the line to it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from hookline.config import Settings, load_settings
from hookline.config.sections import PredictionLog
from hookline.errors import HooklineError
from hookline.service.runner.line import Line
from hookline.service.runner.threads import limit_threads
from hookline.service.runner.watch import stamp_of

__all__ = ["main"]


def main(root: Path, line: Line, *, apart: bool = False) -> int:
    """Load the model, fork, and stay until the workers are gone; return the exit code."""
    os.chdir(root)
    try:
        settings = load_settings(root, os.environ)
        limit_threads(settings.service.threads or 1)
        if not apart:  # otherwise they were told
            _tell_settings(line, settings, root)
        # Imports numpy, which reads its limit at once; and takes so long that the port is taken meanwhile.
        from hookline.service.runner.shared import Shared  # noqa: PLC0415 - as said above

        shared = Shared.load(settings, root, apart=apart)
    except HooklineError as error:
        line.tell(event="failed", reason=str(error))
        return 1
    return shared.serve(line)


def _tell_settings(line: Line, settings: Settings, root: Path) -> None:
    service, access, log = settings.service, settings.access, settings.prediction_log
    console = service.log_format == "console" or (service.log_format == "auto" and sys.stderr.isatty())
    pointer = str(root / settings.models.directory / "current.json")
    line.tell(
        event="settings",
        host=service.host,
        port=service.port,
        pointer=pointer,
        stamp=stamp_of(pointer),
        form="console" if console else "json",
        guarded=bool(access.keys or access.keys_file),
        patience=(service.drain_delay, service.drain_seconds),
        log=_digest(log) if log.enabled else None,
        drain=log.drain_seconds,
    )


def _digest(log: PredictionLog) -> str:
    """Tell these settings from others without telling them."""
    known = [value.get_secret_value() if isinstance(value, SecretStr) else value for _, value in log]
    return hashlib.sha256(repr(known).encode()).hexdigest()


if __name__ == "__main__":
    _, _root, _fd, *_flags = sys.argv
    with Line.inherited(int(_fd)) as _line:
        _code = main(Path(_root), _line, apart="--apart" in _flags)
    sys.exit(_code)
