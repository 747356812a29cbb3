"""Which version is current, and which were before: `current.json`, switched atomically."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookline.errors import StoreError, UnsafeModelError
from hookline.models.manifest import is_version
from hookline.models.strictjson import json_bytes, read_json

__all__ = ["POINTER", "Pointer", "read_pointer", "write_pointer"]

POINTER = "current.json"
_FORMAT = 1
_REMEMBERED = 20
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Pointer:
    """Hold the current version, and those that were current before it, the last one last."""

    current: str | None = None
    history: tuple[str, ...] = ()

    def moved_to(self, version: str) -> Pointer:
        """Return the pointer after a promotion."""
        if version == self.current:
            return self
        past = (*self.history, self.current) if self.current else self.history
        return Pointer(version, past[-_REMEMBERED:])

    def moved_back_to(self, version: str) -> Pointer:
        """Return the pointer after a rollback: what came after `version` is forgotten."""
        last = len(self.history) - 1 - self.history[::-1].index(version)
        return Pointer(version, self.history[:last])


def read_pointer(store: Path) -> Pointer:
    """Read the pointer; an absent file means that nothing was ever promoted."""
    path = store / POINTER
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return Pointer()
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from error
    try:
        with os.fdopen(fd, "rb") as file:
            data = file.read(_MOST_BYTES)
        plain = read_json(data, name=POINTER)
    except (OSError, UnsafeModelError) as error:
        raise _broken(path, str(error)) from error
    if set(plain) != {"format", "current", "history"} or plain["format"] != _FORMAT:
        raise _broken(path, "it does not have the keys format 1 has")
    history = plain["history"]
    if not isinstance(history, list) or not all(
        _names_version(name) for name in (*history, plain["current"])
    ):
        raise _broken(path, "it names something that is not a version")
    return Pointer(plain["current"], tuple(history))


def write_pointer(store: Path, pointer: Pointer) -> None:
    """Replace the pointer so that a reader, or a crash, sees the old one or the new one."""
    scratch = store / f".{POINTER}.new"
    data = json_bytes({"format": _FORMAT, "current": pointer.current, "history": list(pointer.history)})
    fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
    scratch.replace(store / POINTER)
    sync_folder(store)


def sync_folder(path: Path) -> None:
    """Make names in a folder survive a power failure."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _names_version(name: Any) -> bool:
    return isinstance(name, str) and is_version(name)


def _broken(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path} is unusable ({why}); choose a version again with `hookline models promote VERSION`"
    )
