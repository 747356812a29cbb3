"""A version in the making: a hidden folder in the store that nobody reads."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from hookline.errors import StoreError
from hookline.models.manifest import DIGEST, MANIFEST, SIGNATURE, FileFacts, is_file_name
from hookline.models.pointer import sync_folder

__all__ = ["Draft", "remove_leftovers", "throw_away", "writing"]

_DRAFT, _TRASH, _LOCK = ".draft-", ".trash-", ".lock"


class Draft:
    """Collect the files of a version. Made, finished and cleaned up under the store's lock."""

    def __init__(self, store: Path) -> None:
        self.path = store / f"{_DRAFT}{secrets.token_hex(8)}"
        self.files: dict[str, FileFacts] = {}
        self.path.mkdir()
        # As long as this process lives it holds the lock, so a cleaner can tell its folder from a dead one's.
        self._lock: int | None = os.open(
            self.path / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        )
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def write(self, name: str, data: bytes) -> FileFacts:
        """Write a file of the version and bring it to the disk."""
        return self.write_chunks(name, (data,))

    def write_chunks(self, name: str, chunks: Iterable[bytes]) -> FileFacts:
        """Write a file of the version piece by piece."""
        if not is_file_name(name):
            raise StoreError(
                f"{name!r} cannot name a file of a version; use lower-case letters, digits, dot, - and _"
            )
        facts = self._put(name, chunks)
        self.files[name] = facts
        return facts

    def seal(self, manifest: bytes, digest: bytes, signature: bytes | None) -> None:
        """Write what describes the files, and bring everything to the disk."""
        self._put(MANIFEST, (manifest,))
        self._put(DIGEST, (digest,))
        if signature is not None:
            self._put(SIGNATURE, (signature,))
        sync_folder(self.path)

    def publish(self, target: Path) -> None:
        """Give the folder its final name. Call it under the store's lock."""
        (self.path / _LOCK).unlink()
        self.path.rename(target)
        sync_folder(target.parent)
        self.close()

    def close(self) -> None:
        """Remove what was not published."""
        if self._lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    def _put(self, name: str, chunks: Iterable[bytes]) -> FileFacts:
        digest, size = hashlib.sha256(), 0
        # Nobody may write to a published file, so it is born read-only.
        with (
            writing(self.path.parent),
            open(self.path / name, "xb", opener=_born_read_only) as file,
        ):
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            file.flush()
            os.fsync(file.fileno())
        return FileFacts(sha256=digest.hexdigest(), size=size)


@contextlib.contextmanager
def writing(store: Path) -> Iterator[None]:
    """Turn what the file system says into a sentence with the remedy."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the model store {store} cannot be written: {error.strerror or error}; "
            "check its permissions and free space, or set models.directory in config.yaml to another folder"
        ) from error


def _born_read_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o444)


def remove_leftovers(store: Path) -> None:
    """Remove dead processes' drafts and what `prune` did not finish. Call it under the store's lock."""
    for path in store.iterdir():
        if path.name.startswith(_TRASH) or (path.name.startswith(_DRAFT) and not _is_alive(path)):
            shutil.rmtree(path, ignore_errors=True)


def throw_away(version: Path) -> None:
    """Take a version out of the store, so that nobody ever sees half of one."""
    trash = version.with_name(f"{_TRASH}{version.name}-{secrets.token_hex(4)}")
    version.rename(trash)
    shutil.rmtree(trash, ignore_errors=True)


def _is_alive(draft: Path) -> bool:
    try:
        fd = os.open(draft / _LOCK, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False  # died before it had a lock, or after it gave it up
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
