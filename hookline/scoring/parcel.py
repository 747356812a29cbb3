"""A model on its way to a machine that has neither its files nor the project: everything as bytes."""

from __future__ import annotations

import secrets
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from hookline.models.loading import load_model
from hookline.models.manifest import Manifest
from hookline.models.policy import LoadPolicy
from hookline.models.signing import UNSIGNED
from hookline.models.store import ModelStore
from hookline.scoring.layout import Layout
from hookline.scoring.scorer import Encode, Scorer

__all__ = ["Parcel", "pack"]

_STORE = "model_bin"
_unpacking = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """Hold the files of a model version, the hooks it may need, and how its answers are laid out."""

    version: str
    files: Mapping[str, bytes] = field(repr=False)
    policy: LoadPolicy
    layout: Layout
    encode: Encode
    key: str = field(default_factory=secrets.token_hex)

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same parcel, perhaps after a journey."""
        return isinstance(other, Parcel) and self.key == other.key

    def __hash__(self) -> int:
        """Agree with `__eq__`."""
        return hash(self.key)

    def scorer(self) -> Scorer:
        """Return the scorer, made when a process first asks for it."""
        with _unpacking:
            return _unpack(self).scorer


@dataclass(frozen=True, slots=True)
class _Unpacked:
    scorer: Scorer
    folder: tempfile.TemporaryDirectory[str]
    """Stays as long as the scorer: hooks may import more of `source` while they work."""


@lru_cache(maxsize=2)
def _unpack(parcel: Parcel) -> _Unpacked:
    folder = tempfile.TemporaryDirectory(prefix="hookline-")
    root = Path(folder.name)
    for name, data in parcel.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    # Whoever packed it has checked the signature, and may have the key in a file that is not here.
    policy = replace(parcel.policy, root=root, signature=UNSIGNED)
    model = load_model(ModelStore(root / _STORE), parcel.version, policy, bulk=True)
    return _Unpacked(Scorer(model.contract, model.predictor, parcel.layout, parcel.encode), folder)


def pack(store: ModelStore, manifest: Manifest, policy: LoadPolicy, layout: Layout, encode: Encode) -> Parcel:
    """Put what a worker needs to score into a parcel; refuse a version whose files are not as published."""
    version = manifest.version
    store.verify(version, policy.signature)
    with store.open(version) as folder:
        # A graph that stands alone is loaded without the native file.
        names = set(folder.names()) - ({manifest.native.file} if manifest.predictor == "compiled" else set())
        files = {
            f"{_STORE}/{version}/{name}": folder.read(name, most=policy.max_file_bytes)
            for name in sorted(names)
        }
    if manifest.predictor == "native" and policy.root is not None:
        files |= {
            path.relative_to(policy.root).as_posix(): path.read_bytes()
            for path in sorted((policy.root / "source").rglob("*.py"))
        }
    return Parcel(version, files, policy, layout, encode)
