"""Logs for people on a terminal, JSON lines elsewhere: one renderer for our lines, uvicorn's and all others.

The message of an exception or of a warning may hold a value of a row; for a model whose contract protects a
feature (`log: hash` or `drop`) these messages are left out.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO, TypeAlias

from hookline.errors import HooklineError

__all__ = [
    "Fields",
    "Form",
    "LineFormatter",
    "configure_logs",
    "error",
    "exception",
    "formatter",
    "info",
    "leave_values_out",
    "warning",
]

Form: TypeAlias = Literal["auto", "console", "json"]
Fields: TypeAlias = Mapping[str, Any]

_OURS = "hookline.service"
_WARNINGS = "py.warnings"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LEFT_OUT = "(message left out: the contract protects values)"


def configure_logs(form: Form, stream: TextIO | None = None) -> None:
    """Let every logger of this process speak through one handler, to standard error unless said otherwise."""
    stream = stream or sys.stderr
    plain = form == "json" or (form == "auto" and not stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(_as_json if plain else _console(colors=stream.isatty())))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # What is not HTTP is counted; a line for each would let anybody fill the log.
    logging.getLogger("uvicorn.error").addFilter(_is_no_bad_request)
    logging.captureWarnings(capture=True)


def info(event: str, **fields: Any) -> None:
    """Log what happened."""
    logging.getLogger(_OURS).info("%s", event, extra={"fields": fields})


def warning(event: str, **fields: Any) -> None:
    """Log what somebody should look at."""
    logging.getLogger(_OURS).warning("%s", event, extra={"fields": fields})


def error(event: str, **fields: Any) -> None:
    """Log what went wrong."""
    logging.getLogger(_OURS).error("%s", event, extra={"fields": fields})


def exception(event: str, raised: BaseException, **fields: Any) -> None:
    """Log an error that nobody foresaw, with the place where it was raised."""
    logging.getLogger(_OURS).error("%s", event, exc_info=raised, extra={"fields": fields})


def leave_values_out() -> None:
    """Log no message that may hold a value of a row."""
    formatter().values = False


def formatter() -> LineFormatter:
    """Return the formatter that is in use; make one where logs are not configured, as in a test."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, LineFormatter):
            return handler.formatter
    return LineFormatter(_as_json)


class LineFormatter(logging.Formatter):
    """Turn records into lines, and fields into lines like them."""

    def __init__(self, render: Callable[[dict[str, Any]], str]) -> None:
        super().__init__()
        self._render = render
        self.values = True

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        fields = dict(getattr(record, "fields", {}))
        event = record.getMessage().strip()
        if record.name == _WARNINGS and not self.values:
            event = f"{': '.join(event.split(': ')[:2])} {_LEFT_OUT}"  # file, line and category
        if record.exc_info and record.exc_info[1] is not None:
            fields["exception"] = _told(record.exc_info[1], values=self.values)
        return self.line(event, fields, level=record.levelname.lower(), seconds=record.created)

    def line(self, event: str, fields: Fields, *, level: str, seconds: float) -> str:
        """Return a line that is made of fields; `seconds` is the time, since 1970."""
        stamp = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return self._render({**fields, "event": event, "level": level, "timestamp": stamp})


def _as_json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, default=repr)


def _console(*, colors: bool) -> Callable[[dict[str, Any]], str]:
    colors = colors and not os.environ.get("NO_COLOR")
    renderer: Any = None

    def render(fields: dict[str, Any]) -> str:
        nonlocal renderer
        if renderer is None:
            # It takes longer to import than a model to load, and JSON lines do without it.
            from structlog.dev import ConsoleRenderer, plain_traceback  # noqa: PLC0415 - see above

            renderer = ConsoleRenderer(colors=colors, exception_formatter=plain_traceback)
        return str(renderer(None, "", {name: _printable(name, value) for name, value in fields.items()}))

    return render


def _printable(name: str, value: Any) -> Any:
    """Escape what would begin a line or colour a terminal; callers choose some of the values."""
    if name == "exception" or not isinstance(value, str):
        return value
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], value)


def _told(raised: BaseException, *, values: bool) -> str:
    """Tell what went wrong: a sentence for what a person can act on, a traceback for what we caused."""
    if isinstance(raised, HooklineError) and values:
        return str(raised)
    parts = [_part(link, values=values) for link in _chain(raised)]
    return "\n\nthen, because of it:\n\n".join(reversed(parts))


def _chain(raised: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = raised
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return links


def _part(error: BaseException, *, values: bool) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    what = (
        "".join(traceback.format_exception_only(error)) if values else f"{type(error).__name__} {_LEFT_OUT}"
    )
    return (frames + what).rstrip()


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    return record.msg != "Invalid HTTP request received."
