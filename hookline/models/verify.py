"""Hold a version against its own description: signature, digest, manifest, files. Runs nothing of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hookline.errors import UnsafeModelError
from hookline.models.folder import Folder
from hookline.models.manifest import DIGEST, MANIFEST, SIGNATURE, Manifest, read_manifest
from hookline.models.signing import UNSIGNED, SignatureRule, check_signature
from hookline.models.strictjson import MOST_BYTES

__all__ = ["Description", "read_description", "require_listed", "verify_files"]

_DESCRIBING = frozenset((MANIFEST, DIGEST, SIGNATURE))
_SMALL = 4096


@dataclass(frozen=True, slots=True)
class Description:
    """Hold the manifest with the very bytes it was read from."""

    manifest: Manifest
    data: bytes
    signature: bytes | None


def read_description(folder: Folder, rule: SignatureRule = UNSIGNED) -> Description:
    """Read the manifest: the signature counts first, then the digest, then the text."""
    signature = folder.read(SIGNATURE, most=_SMALL) if SIGNATURE in folder.names() else None
    data = folder.read(MANIFEST, most=MOST_BYTES)
    check_signature(data, signature, rule, version=folder.name)
    digest = folder.read(DIGEST, most=_SMALL)
    return Description(read_manifest(data, digest, version=folder.name), data, signature)


def require_listed(folder: Folder, manifest: Manifest) -> None:
    """Refuse a version that holds a file its manifest does not know."""
    for name in folder.names():
        if name not in manifest.files and name not in _DESCRIBING:
            raise UnsafeModelError(
                f"{folder.name}/{name} is not in the manifest; remove the file, or get the version again"
            )


def verify_files(folder: Folder, manifest: Manifest, *, but: Collection[str] = ()) -> None:
    """Compare every file with the manifest, but those somebody else compares."""
    require_listed(folder, manifest)
    for name, facts in manifest.files.items():
        if name not in but:
            folder.check(name, facts)
