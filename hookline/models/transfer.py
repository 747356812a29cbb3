"""Copy versions to and from any place fsspec reaches. The manifest travels last; nothing is believed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import fsspec

from hookline.errors import HooklineError, NoModelError, StoreError, UnsafeModelError
from hookline.models.manifest import (
    DIGEST,
    MANIFEST,
    SIGNATURE,
    Manifest,
    digest_line,
    is_version,
    read_manifest,
)
from hookline.models.policy import LoadPolicy
from hookline.models.signing import check_signature
from hookline.models.store import ModelStore
from hookline.models.strictjson import MOST_BYTES
from hookline.models.verify import read_description, verify_files
from hookline.words import closest

__all__ = ["Transfer", "pull", "push", "remote_versions"]

_CHUNK = 1024 * 1024
_SMALL = 4096


@dataclass(frozen=True, slots=True)
class Transfer:
    """Say what was copied; `copied` is false where the same version was there already."""

    manifest: Manifest
    copied: bool


def push(store: ModelStore, version: str | None, url: str, policy: LoadPolicy) -> Transfer:
    """Copy a version to `url`, unless it is there already."""
    with store.open(version) as folder:
        description = read_description(folder, policy.signature)
        manifest = description.manifest
        verify_files(folder, manifest)
        remote = _Remote(url, manifest.version)
        if remote.has(MANIFEST):
            if remote.read(MANIFEST, MOST_BYTES) != description.data:
                raise _differs(manifest.version, remote.shown)
            return Transfer(manifest, copied=False)
        for name, facts in manifest.files.items():
            remote.write(name, folder.read_checked(name, facts))
        if description.signature is not None:
            remote.write(SIGNATURE, description.signature)
        remote.write(DIGEST, digest_line(description.data))
        # A reader takes a version to be there when its manifest is.
        remote.write(MANIFEST, description.data)
    return Transfer(manifest, copied=True)


def pull(store: ModelStore, url: str, version: str | None, policy: LoadPolicy) -> Transfer:
    """Bring a version from `url`, the newest unless named; publish it once every byte is right."""
    version = _choose(url, version)
    remote = _Remote(url, version)
    data = remote.read(MANIFEST, MOST_BYTES)
    signature = remote.read(SIGNATURE, _SMALL) if remote.has(SIGNATURE) else None
    check_signature(data, signature, policy.signature, version=version)
    manifest = read_manifest(data, remote.read(DIGEST, _SMALL), version=version)
    if version in store.names():
        with store.open(version) as folder:
            if read_description(folder).data != data:
                raise _differs(version, str(store.directory))
            verify_files(folder, manifest)
        return Transfer(manifest, copied=False)
    with store.draft() as draft:
        for name, facts in manifest.files.items():
            if facts.size > policy.max_file_bytes:
                raise UnsafeModelError(
                    f"{version}/{name} has {facts.size} bytes, more than models.max_file_bytes "
                    f"({policy.max_file_bytes}); raise that setting if the model is meant to be so large"
                )
            if draft.write_chunks(name, remote.chunks(name, facts.size)) != facts:
                raise UnsafeModelError(
                    f"{version}/{name} at {remote.shown} is not the file that was published; push it again"
                )
        store.adopt(draft, manifest, data, signature)
    return Transfer(manifest, copied=True)


def remote_versions(url: str) -> list[str]:
    """List the versions at `url`, oldest first."""
    return sorted(
        name for name in _Remote(url).folders() if is_version(name) and _Remote(url, name).has(MANIFEST)
    )


def _choose(url: str, version: str | None) -> str:
    if version is not None and not is_version(version):
        raise NoModelError(f"{version} is not the name of a version; see `hookline models list`")
    found = remote_versions(url)
    if version in found:
        return str(version)
    shown = _Remote(url).shown
    if version is None and found:
        return found[-1]
    if version is None:
        raise NoModelError(f"there is no version at {shown}; copy one there with `hookline models push URL`")
    like = closest(version, found)
    raise NoModelError(
        f"there is no version {version} at {shown}; {f'did you mean {like}?' if like else 'check the URL'}"
    )


class _Remote:
    """Read and write files below a URL, with errors that name it (but no password in it)."""

    def __init__(self, url: str, folder: str = "") -> None:
        self.shown = _without_secrets(url)
        with self._sentences():
            # Untyped library: `fs` is whatever fsspec has for the URL's protocol.
            self._fs, root = fsspec.core.url_to_fs(url)
            self._fs.invalidate_cache()
        self._path = f"{root.rstrip('/')}/{folder}".rstrip("/")

    def folders(self) -> list[str]:
        """Name what lies below the URL."""
        with self._sentences():
            if not self._fs.exists(self._path):
                return []
            return [
                str(path).rstrip("/").rsplit("/", 1)[-1] for path in self._fs.ls(self._path, detail=False)
            ]

    def has(self, name: str) -> bool:
        """Tell whether a file is there."""
        with self._sentences():
            return bool(self._fs.isfile(f"{self._path}/{name}"))

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes, at most `most`."""
        return b"".join(self.chunks(name, most))

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        """Read a file piece by piece; stop with an error behind `most` bytes."""
        with self._sentences(), self._fs.open(f"{self._path}/{name}", "rb") as file:
            left = most
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise UnsafeModelError(
                        f"{name} at {self.shown} is larger than {most} bytes; push it there again"
                    )
                yield chunk

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        with self._sentences():
            self._fs.makedirs(self._path, exist_ok=True)
            self._fs.pipe_file(f"{self._path}/{name}", data)

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except HooklineError:
            raise
        except ImportError as error:
            raise StoreError(f"{self.shown} needs another package: {error}") from error
        except Exception as error:  # every file system of fsspec has errors of its own
            words: Any = " ".join(str(error).split()) or type(error).__name__
            raise StoreError(
                f"{self.shown} cannot be used: {words}; check the URL, and who may use it"
            ) from error


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return (
        url.replace(parts.netloc, "…@" + parts.netloc.rpartition("@")[2], 1) if "@" in parts.netloc else url
    )


def _differs(version: str, place: str) -> StoreError:
    return StoreError(
        f"{place} has another version of that name than the {version} at hand; "
        "versions are never overwritten: find out which one is right, and remove the other"
    )
