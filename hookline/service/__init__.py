"""The prediction service: the only place that knows HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.service.app import App

__all__ = ["create_app_of", "serve_project"]

# The package itself stays light, for the supervisor lives in it: what serving needs is imported when needed.


def create_app_of(root: Path) -> App:
    """Make the app of the project in `root`, for `uvicorn main:app`; an error ends it with a sentence."""
    from hookline.config import load_settings  # noqa: PLC0415 - as said above
    from hookline.errors import HooklineError  # noqa: PLC0415 - as said above
    from hookline.service.runner.threads import limit_threads  # noqa: PLC0415 - as said above

    try:
        settings = load_settings(root, os.environ)
    except HooklineError as error:
        raise SystemExit(f"error: {error}") from None
    limit_threads(settings.service.threads or 1)
    from hookline.service.app import create_app  # noqa: PLC0415 - imports numpy, whose threads are limited now
    from hookline.service.logs import configure_logs  # noqa: PLC0415 - as said above

    configure_logs(settings.service.log_format)
    return create_app(settings, root=root, attend=True)


def serve_project(root: Path) -> int:
    """Run the service of the project in `root`, for `python main.py`; return the exit code."""
    from hookline.service.runner.serve import serve_project as serve  # noqa: PLC0415 - as said above

    return serve(root)
