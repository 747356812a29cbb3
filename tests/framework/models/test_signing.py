from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from hookline.errors import ModelError, StoreError, UnsafeModelError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.signing import SignatureRule, make_keys, sign
from hookline.models.store import ModelStore
from tests.framework.models.forge import put, rewrite
from tests.framework.models.parts import Parts


@dataclass(frozen=True)
class Keys:
    private: Path
    public: Path


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(*make_keys(tmp_path / "keys"))


@pytest.fixture
def strict(policy: LoadPolicy, keys: Keys) -> LoadPolicy:
    return replace(policy, signature=SignatureRule(required=True, public_key=keys.public))


def test_a_signed_version_is_loaded(store: ModelStore, parts: Parts, strict: LoadPolicy, keys: Keys) -> None:
    version = parts.publish(store, key=keys.private).version
    assert (store.directory / version / "manifest.sig").read_bytes().startswith(b"ed25519 ")
    load_model(store, policy=strict).close()
    store.promote(version, strict.signature)


def test_openssl_agrees_about_the_keys(keys: Keys) -> None:
    done = subprocess.run(
        ["openssl", "pkey", "-in", str(keys.private), "-pubout"], capture_output=True, check=True
    )
    assert done.stdout == keys.public.read_bytes()


def test_keys_are_private_and_never_overwritten(keys: Keys) -> None:
    assert keys.private.stat().st_mode & 0o777 == 0o600
    before = keys.private.read_bytes()
    with pytest.raises(StoreError, match="keys are never overwritten"):
        make_keys(keys.private.parent)
    keys.private.unlink()
    with pytest.raises(StoreError, match=r"model-signing\.pub exists already"):
        make_keys(keys.private.parent)
    assert not keys.private.exists()
    assert b"PRIVATE KEY" in before


def test_a_folder_that_cannot_be_written_says_so() -> None:
    with pytest.raises(StoreError, match=r"cannot write keys to /dev/null/keys: .*; give another --out"):
        make_keys(Path("/dev/null/keys"))


def unsigned(store: ModelStore, version: str, keys: Keys) -> None:
    (store.directory / version / "manifest.sig").unlink()


def by_another(store: ModelStore, version: str, keys: Keys) -> None:
    other, _ = make_keys(keys.private.parent / "other")
    folder = store.directory / version
    put(folder / "manifest.sig", sign((folder / "manifest.json").read_bytes(), other))


def of_another_version(store: ModelStore, version: str, keys: Keys) -> None:
    rewrite(store, version, manifest=lambda plain: plain.update(python="3.0.0"))


def of_no_kind(store: ModelStore, version: str, keys: Keys) -> None:
    put(store.directory / version / "manifest.sig", b"ed25519 AAAA AAAA\n")


def too_long(store: ModelStore, version: str, keys: Keys) -> None:
    put(store.directory / version / "manifest.sig", b"x" * 5000)


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (unsigned, "is not signed and models.require_signature is true; set models.private_key_file"),
        (by_another, "is signed with another key than"),
        (of_another_version, "the signature does not fit the manifest"),
        (of_no_kind, "manifest.sig is not a signature of ours"),
        (too_long, "more than the 4096 allowed"),
    ],
    ids=["unsigned", "another key", "another manifest", "not a signature", "too long"],
)
def test_a_wrong_signature_is_refused_before_anything_else(
    forge: Callable[[ModelStore, str, Keys], None],
    words: str,
    store: ModelStore,
    parts: Parts,
    strict: LoadPolicy,
    keys: Keys,
) -> None:
    version = parts.publish(store, key=keys.private).version
    forge(store, version, keys)
    put(store.directory / version / "manifest.sha256", b"not even a digest")
    with pytest.raises(UnsafeModelError, match=words.replace(".", r"\.")):
        load_model(store, policy=strict)


def test_a_signature_that_is_there_must_be_right_even_if_none_is_required(
    store: ModelStore, parts: Parts, policy: LoadPolicy, keys: Keys
) -> None:
    version = parts.publish(store, key=keys.private).version
    of_another_version(store, version, keys)
    with pytest.raises(UnsafeModelError, match="does not fit"):
        load_model(store, policy=policy)


def test_requiring_signatures_needs_a_key(
    store: ModelStore, parts: Parts, policy: LoadPolicy, keys: Keys
) -> None:
    parts.publish(store, key=keys.private)
    with pytest.raises(ModelError, match=r"models\.public_key_file is empty; set it"):
        load_model(store, policy=replace(policy, signature=SignatureRule(required=True)))


def other_public(path: Path) -> None:
    key = Ed448PrivateKey.generate().public_key()
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def other_private(path: Path) -> None:
    key = Ed448PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (Path.unlink, r"public_key_file .* cannot be read: No such file"),
        (lambda path: path.write_text("no key"), "is not a PEM public key; make one with"),
        (other_public, "is not an ed25519 key"),
    ],
    ids=["missing", "not a key", "another kind"],
)
def test_an_unusable_public_key_is_named(
    store: ModelStore,
    parts: Parts,
    strict: LoadPolicy,
    keys: Keys,
    spoil: Callable[[Path], object],
    words: str,
) -> None:
    parts.publish(store, key=keys.private)
    spoil(keys.public)
    with pytest.raises(ModelError, match=words):
        load_model(store, policy=strict)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (Path.unlink, r"private_key_file .* cannot be read: No such file"),
        (lambda path: path.write_text("no key"), "is not an unencrypted PEM private key"),
        (other_private, "is not an ed25519 key"),
    ],
    ids=["missing", "not a key", "another kind"],
)
def test_an_unusable_private_key_publishes_nothing(
    store: ModelStore, parts: Parts, keys: Keys, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(keys.private)
    with pytest.raises(ModelError, match=words):
        parts.publish(store, key=keys.private)
    assert store.names() == []
