"""What the supervisor is told of the settings, which it does not read itself."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from pydantic import SecretStr

from hookline.config import Settings
from hookline.config.sections import PredictionLog
from hookline.service.runner.line import Line
from hookline.service.runner.watch import stamp_of

__all__ = ["tell_settings"]


def tell_settings(line: Line, settings: Settings, root: Path) -> None:
    """Tell the supervisor what it needs to listen, to speak, to wait and to ship."""
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
