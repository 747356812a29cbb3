"""Hashes of `log: hash` features: equal values stay comparable, and nobody without the key can guess them."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from pydantic_core import to_json

from hookline.config import Settings
from hookline.errors import ConfigError
from hookline.predlog.places import Places

__all__ = ["Digest", "digest_of", "hash_key"]

Digest: TypeAlias = Callable[[Any], str]

_KEY_BYTES = 32
_LEAST = 16


def hash_key(settings: Settings, root: Path) -> bytes:
    """Return the project's key: the setting, or the one that was made for it when first needed."""
    given = settings.prediction_log.hash_key.get_secret_value().encode()
    path = Places.of(settings, root).hash_key
    try:
        key = given or _kept(path)
    except OSError as error:
        raise ConfigError(
            f"cannot keep a key for the hashes of the prediction log in {path} ({error.strerror}); "
            "set prediction_log.hash_key, or make the folder writable"
        ) from error
    if len(key) < _LEAST:
        place = "prediction_log.hash_key" if given else str(path)
        raise ConfigError(f"{place} is shorter than {_LEAST} characters, and could be guessed; use more")
    return key


def digest_of(key: bytes) -> Digest:
    """Return a function from a JSON value to its hash."""

    def digest(value: Any) -> str:
        return hmac.digest(key, to_json(value), "sha256").hex()

    return digest


def _kept(path: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
        os.fsync(file)
        with contextlib.suppress(FileExistsError):  # whoever was first, its key is the key
            path.hardlink_to(draft)
    finally:
        os.close(file)
        draft.unlink()
    return path.read_bytes().strip()
