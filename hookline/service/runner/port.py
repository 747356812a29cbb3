"""The port: one socket that every worker of every generation accepts from."""

from __future__ import annotations

import errno
import socket

from hookline.errors import HooklineError

__all__ = ["BACKLOG", "address_of", "is_public", "listen"]

BACKLOG = 2048
"""Connections that may wait while no worker accepts them: nobody is refused between two generations."""
_LOCAL = ("127.", "::1", "localhost")


def listen(host: str, port: int) -> socket.socket:
    """Take the port; 0 takes one that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise HooklineError(f"cannot listen on {host}:{port} ({error.strerror}); {_remedy(error)}") from error
    listener.setblocking(False)
    return listener


def _remedy(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "stop what uses the port, or choose another one with --port or service.port"
    if error.errno == errno.EACCES:
        return "choose a port from 1024 on with --port or service.port: those below need more rights"
    return (
        "name an address of this machine with --host or service.host, such as 127.0.0.1, or 0.0.0.0 for all"
    )


def address_of(listener: socket.socket) -> str:
    """Return the address under which this machine reaches the port."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_public(host: str) -> bool:
    """Tell whether other machines can reach the port."""
    return not host.strip("[]").startswith(_LOCAL)
