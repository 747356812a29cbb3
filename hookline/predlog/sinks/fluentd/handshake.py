"""Prove to Fluentd that we know the shared key, and let it prove the same."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
from typing import Any

import msgpack

from hookline.predlog.sinks.fluentd.connection import Connection

__all__ = ["shake_hands"]


def shake_hands(connection: Connection, shared_key: str) -> bool:
    """Answer HELO with PING and check PONG; return whether the connection may be used more than once."""
    match connection.receive():
        case ["HELO", {"nonce": nonce, **options}]:
            pass
        case _:
            raise ConnectionError("it greets otherwise than with HELO; is a shared key set there too?")
    # Fluentd refuses a client of its own name, which on one machine would be ours.
    name = f"hookline-{socket.gethostname()}".encode()
    salt, key = secrets.token_hex(16).encode(), shared_key.encode()
    connection.send(
        # No user and no password: there is no setting for them.
        msgpack.packb(["PING", name.decode(), salt, _digest(salt, name, _bytes(nonce), key), "", ""])
    )
    match connection.receive():
        case ["PONG", True, _, server, digest]:
            proof = _digest(salt, _bytes(server), _bytes(nonce), key)
        case ["PONG", False, reason, *_]:
            raise ConnectionError(f"it refuses us: {reason}; look at prediction_log.fluentd_shared_key")
        case _:
            raise ConnectionError("it answers PING otherwise than with PONG")
    if not hmac.compare_digest(_bytes(digest), proof.encode()):
        raise ConnectionError("it does not know the shared key itself; somebody else may be listening there")
    return options.get("keepalive", True) is not False


def _digest(salt: bytes, name: bytes, nonce: bytes, key: bytes) -> str:
    return hashlib.sha512(salt + name + nonce + key).hexdigest()


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise ConnectionError("its greeting has the wrong shape")
