"""Write what an attacker would write who may change every file of the store, digests included."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hookline.models.manifest import DIGEST, MANIFEST, digest_line
from hookline.models.store import ModelStore


def rewrite(
    store: ModelStore,
    version: str,
    files: Mapping[str, bytes] = {},
    *,
    manifest: Callable[[dict[str, Any]], object] = dict,
) -> None:
    """Put files into a version, with a manifest and a digest that fit them."""
    import hashlib

    folder = store.directory / version
    plain = json.loads((folder / MANIFEST).read_bytes())
    for name, data in files.items():
        put(folder / name, data)
        plain["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    manifest(plain)
    write_manifest(folder, json.dumps(plain).encode())


def write_manifest(folder: Path, data: bytes) -> None:
    put(folder / MANIFEST, data)
    put(folder / DIGEST, digest_line(data))


def put(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)


class Bomb:
    """A pickle that writes a canary when it is loaded."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.canary,)


def pickled(canary: Path) -> bytes:
    return pickle.dumps((None, Bomb(canary)))
