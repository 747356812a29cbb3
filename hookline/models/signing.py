"""Sign and check manifests with ed25519. A manifest names every file's digest, so it speaks for all."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

from hookline.errors import ModelError, StoreError, UnsafeModelError

__all__ = ["UNSIGNED", "SignatureRule", "check_signature", "make_keys", "sign"]

_WORD = b"ed25519"


@dataclass(frozen=True, slots=True)
class SignatureRule:
    """Say whether a signature is needed, and whose."""

    required: bool = False
    public_key: Path | None = None


UNSIGNED = SignatureRule()
"""Ask for no signature."""


def make_keys(folder: Path) -> tuple[Path, Path]:
    """Make a key pair; return the private key's file (readable by its owner only) and the public key's."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - slow to import, seldom used
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private_file, public_file = folder / "model-signing.key", folder / "model-signing.pub"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (private_file, public_file):
            if os.path.lexists(path):
                raise StoreError(
                    f"{path} exists already; keys are never overwritten: move it, or give another --out"
                )
        _create(private_file, secret, 0o600)
        _create(public_file, public, 0o644)
    except OSError as error:
        raise StoreError(f"cannot write keys to {folder}: {error.strerror}; give another --out") from error
    return private_file, public_file


def sign(data: bytes, private_key: Path) -> bytes:
    """Return the content of manifest.sig for these bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see make_keys
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - see make_keys

    try:
        key = load_pem_private_key(_read(private_key, "private_key_file"), password=None)
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"{private_key} is not an unencrypted PEM private key; make one with `hookline models keygen`"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ModelError(f"{private_key} is not an ed25519 key; make one with `hookline models keygen`")
    return _line(key.public_key().public_bytes_raw(), key.sign(data))


def check_signature(data: bytes, signature: bytes | None, rule: SignatureRule, *, version: str) -> None:
    """Refuse bytes without the needed signature; a signature that is there must always be right."""
    if signature is None:
        if rule.required:
            raise UnsafeModelError(
                f"{version} is not signed and models.require_signature is true; "
                "set models.private_key_file and train again, or pull a signed version"
            )
        return
    signer, value = _parse(signature, version)
    if rule.required and signer != _public_key(rule.public_key):
        raise UnsafeModelError(
            f"{version} is signed with another key than {rule.public_key}; "
            "do not use it, or set models.public_key_file to the key of its maker"
        )
    _verify(data, signer, value, version)


def _verify(data: bytes, signer: bytes, value: bytes, version: str) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see make_keys
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - see make_keys

    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(value, data)
    except (InvalidSignature, ValueError) as error:
        raise UnsafeModelError(
            f"{version}: the signature does not fit the manifest; "
            "the version was changed or damaged: get it again"
        ) from error


def _line(signer: bytes, value: bytes) -> bytes:
    # The signer's key is part of the line, so that damage is noticed also where nobody requires a signature.
    return b" ".join((_WORD, base64.b64encode(signer), base64.b64encode(value))) + b"\n"


def _parse(line: bytes, version: str) -> tuple[bytes, bytes]:
    try:
        _, *parts = line.split(b" ")
        signer, value = (base64.b64decode(part) for part in parts)
    except ValueError:
        signer = value = b""
    if _line(signer, value) != line or (len(signer), len(value)) != (32, 64):
        raise UnsafeModelError(f"{version}/manifest.sig is not a signature of ours; get the version again")
    return signer, value


def _public_key(path: Path | None) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - see make_keys
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - see make_keys

    if path is None:
        raise ModelError(
            "models.require_signature is true but models.public_key_file is empty; "
            "set it to the file that `hookline models keygen` made"
        )
    try:
        key = load_pem_public_key(_read(path, "public_key_file"))
    except ValueError as error:
        raise ModelError(f"{path} is not a PEM public key; make one with `hookline models keygen`") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ModelError(f"{path} is not an ed25519 key; make one with `hookline models keygen`")
    return key.public_bytes_raw()


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"models.{setting} {path} cannot be read: {error.strerror}; check the path"
        ) from error


def _create(path: Path, data: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
