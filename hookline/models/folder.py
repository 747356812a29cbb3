"""Read a version's folder: regular files only, held while reading, each file's bytes read once."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from hookline.errors import NoModelError, UnsafeModelError
from hookline.models.manifest import FileFacts

__all__ = ["Folder"]

_CHUNK = 1024 * 1024
_AGAIN = "get the version again, or train again"


class Folder:
    """Hold a version's folder open, so that it is one folder from the first byte to the last.

    A shared lock keeps `prune` away. Names are looked up in the open folder, never by path, and a
    symbolic link is refused at every step.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise _cannot_open(path, error) from error
        # Some network file systems know no locks; reading is right without one, only `prune` is not held off.
        with contextlib.suppress(OSError):
            fcntl.flock(self._fd, fcntl.LOCK_SH)
        if not self._is_at(path):
            os.close(self._fd)
            raise _missing(path)

    def __enter__(self) -> Self:
        """Return the open folder."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the folder."""
        os.close(self._fd)

    def names(self) -> list[str]:
        """List what is in the folder."""
        return sorted(os.listdir(self._fd))  # noqa: PTH208 - pathlib cannot list an open folder

    def read(self, name: str, *, most: int) -> bytes:
        """Return the bytes of a file of at most `most` bytes."""
        return b"".join(self._chunks(name, most=most))

    def read_checked(self, name: str, facts: FileFacts) -> bytes:
        """Return the bytes of a file, once they are the bytes the manifest describes."""
        data = b"".join(self._chunks(name, most=facts.size, exactly=facts.size))
        self._compare(name, facts, hashlib.sha256(data).hexdigest())
        return data

    def check(self, name: str, facts: FileFacts) -> None:
        """Compare a file with the manifest without keeping it."""
        digest = hashlib.sha256()
        for chunk in self._chunks(name, most=facts.size, exactly=facts.size):
            digest.update(chunk)
        self._compare(name, facts, digest.hexdigest())

    def _is_at(self, path: Path) -> bool:
        """Tell whether the open folder has its name still; `prune` may have been faster than the lock."""
        try:
            return os.path.samestat(path.lstat(), os.fstat(self._fd))
        except FileNotFoundError:
            return False

    def _compare(self, name: str, facts: FileFacts, found: str) -> None:
        if found != facts.sha256:
            raise UnsafeModelError(
                f"{self.name}/{name} is not the file that was published (its SHA-256 differs); {_AGAIN}"
            )

    def _chunks(self, name: str, *, most: int, exactly: int | None = None) -> Iterator[bytes]:
        with self._open(name) as fd:
            size = os.fstat(fd).st_size
            if exactly is not None and size != exactly:
                raise UnsafeModelError(
                    f"{self.name}/{name} has {size} bytes, its manifest says {exactly}; {_AGAIN}"
                )
            if size > most:
                raise UnsafeModelError(
                    f"{self.name}/{name} has {size} bytes, more than the {most} allowed; {_AGAIN}"
                )
            left = size
            while left:
                chunk = os.read(fd, min(_CHUNK, left))
                if not chunk:
                    raise UnsafeModelError(f"{self.name}/{name} became shorter while it was read; {_AGAIN}")
                left -= len(chunk)
                yield chunk

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[int]:
        try:
            # Not blocking: a named pipe in place of a file must not hang the service.
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._fd)
        except OSError as error:
            raise self._cannot_read(name, error) from error
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise UnsafeModelError(f"{self.name}/{name} is not a regular file; {_AGAIN}")
            yield fd
        finally:
            os.close(fd)

    def _cannot_read(self, name: str, error: OSError) -> UnsafeModelError:
        if error.errno == errno.ELOOP:
            return UnsafeModelError(
                f"{self.name}/{name} is a symbolic link; a version holds files only: {_AGAIN}"
            )
        if error.errno == errno.ENOENT:
            return UnsafeModelError(f"{self.name}/{name} is missing; {_AGAIN}")
        return UnsafeModelError(f"{self.name}/{name} cannot be read: {error.strerror}; check its permissions")


def _missing(path: Path) -> NoModelError:
    return NoModelError(f"there is no version {path.name} in {path.parent}; see `hookline models list`")


def _cannot_open(path: Path, error: OSError) -> NoModelError | UnsafeModelError:
    # Linux says ENOTDIR for a link to a folder when both O_DIRECTORY and O_NOFOLLOW are asked for.
    if path.is_symlink():
        return UnsafeModelError(
            f"{path} is a symbolic link; a model store holds real folders only: copy it there"
        )
    if error.errno == errno.ENOENT:
        return _missing(path)
    return UnsafeModelError(f"{path} cannot be opened: {error.strerror}; check its permissions")
