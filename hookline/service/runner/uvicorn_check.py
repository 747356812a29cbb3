"""Hold the installed uvicorn against what the guards are built on: when its inside changes, fail closed."""

from __future__ import annotations

import inspect
import re
import sys

import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hookline.errors import HooklineError

__all__ = ["check_uvicorn"]

_METHODS = {
    HttpToolsProtocol: (
        "connection_made", "connection_lost", "data_received", "on_body", "on_header", "on_headers_complete",
        "on_message_begin", "on_message_complete", "on_response_complete", "pause_writing", "resume_writing",
        "send_400_response", "shutdown", "timeout_keep_alive_handler", "_unset_keepalive_if_required",
    ),
    uvicorn.Server: ("startup", "shutdown", "main_loop", "capture_signals", "serve"),
}  # fmt: skip
_ATTRIBUTES = {
    HttpToolsProtocol: (
        "connections", "cycle", "expect_100_continue", "flow", "headers", "loop", "parser", "pipeline",
        "scope", "server_state", "timeout_keep_alive_task", "transport", "url",
    ),
    FlowControl: ("write_paused",),
    RequestResponseCycle: (
        "disconnected", "keep_alive", "message_event", "response_complete", "response_started", "transport",
    ),
    uvicorn.Server: ("config", "lifespan", "server_state", "servers", "should_exit", "started"),
}  # fmt: skip


_OF_A_CYCLE = {"body", "disconnected", "keep_alive", "message_event", "more_body", "response_complete"}
"""What the protocol asks of the request that is being answered. Those of the short way have what is asked of
them: bodies are never put to them."""


def check_uvicorn() -> None:
    """Refuse to start on a uvicorn that lacks a part which the guards need."""
    missing = [
        f"{owner.__name__}.{name}"
        for owner, names in _METHODS.items()
        for name in names
        if not callable(getattr(owner, name, None))
    ]
    for owner, names in _ATTRIBUTES.items():
        source = _source_of(owner)
        missing += [f"{owner.__name__}.{name}" for name in names if f"self.{name}" not in source]
    asked = set(re.findall(r"self\.cycle\.(\w+)", _source_of(HttpToolsProtocol)))
    missing += [f"an answer without {name}" for name in sorted(asked - _OF_A_CYCLE)]
    if missing:
        raise HooklineError(
            f"uvicorn {uvicorn.__version__} lacks {', '.join(missing)}, which the limits on requests need; "
            "install the version of locks/serve.txt"
        )


def _source_of(owner: type) -> str:
    """Return the text of a class. `inspect` has it parsed for that, which costs more than loading a model."""
    text = inspect.getsource(sys.modules[owner.__module__])
    found = re.search(rf"^( *)class {owner.__name__}\b.*?(?=^\1[\w@]|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""
