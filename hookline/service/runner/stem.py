"""The process that loads a model once and forks the workers that serve it; one per generation.

The supervisor starts it as `python -m hookline.service.runner.stem ROOT FD`; FD is the line to it.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from hookline.errors import HooklineError
from hookline.service.runner.line import Line
from hookline.service.runner.threads import limit_threads

__all__ = ["main"]


def main(root: Path, line: Line, *, apart: bool = False) -> int:
    """Load the model, fork, and stay until the workers are gone; return the exit code."""
    os.chdir(root)
    # What modules are made of stays, and looking for garbage among it takes a tenth of the start.
    gc.disable()
    from hookline.config import load_settings  # noqa: PLC0415 - as said above
    from hookline.service.runner.told import tell_settings  # noqa: PLC0415 - as said above

    try:
        settings = load_settings(root, os.environ)
        limit_threads(settings.service.threads or 1)
        if not apart:  # otherwise they were told
            tell_settings(line, settings, root)
        # Imports numpy, which reads its limit at once; and takes so long that the port is taken meanwhile.
        from hookline.service.runner.shared import Shared  # noqa: PLC0415 - as said above

        gc.freeze()
        gc.enable()
        shared = Shared.load(settings, root, apart=apart)
    except HooklineError as error:
        line.tell(event="failed", reason=str(error))
        return 1
    return shared.serve(line)


if __name__ == "__main__":
    _, _root, _fd, *_flags = sys.argv
    with Line.inherited(int(_fd)) as _line:
        _code = main(Path(_root), _line, apart="--apart" in _flags)
    sys.exit(_code)
