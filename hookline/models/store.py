"""The model store: immutable versions in a folder, and which one is current."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hookline.errors import ModelError, NoModelError, StoreError
from hookline.models.draft import Draft, remove_leftovers, throw_away, writing
from hookline.models.folder import Folder
from hookline.models.manifest import (
    Manifest,
    ManifestFields,
    digest_line,
    is_version,
    read_manifest,
)
from hookline.models.pointer import Pointer, read_pointer, write_pointer
from hookline.models.signing import UNSIGNED, SignatureRule, sign
from hookline.models.verify import read_description, verify_files
from hookline.words import closest

__all__ = ["ModelStore"]

_LOCK = ".lock"


class ModelStore:
    """Keep model versions. Every change of what is there or current happens under one lock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    # ---- reading: works on a read-only file system, takes no lock ----

    def names(self) -> list[str]:
        """List the versions' names, oldest first."""
        try:
            entries = list(os.scandir(self.directory))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(entry.name for entry in entries if is_version(entry.name))

    def versions(self) -> list[Manifest]:
        """List the versions that can be read, oldest first."""
        return [found for _, found in self.survey() if isinstance(found, Manifest)]

    def survey(self) -> list[tuple[str, Manifest | ModelError]]:
        """List all versions, oldest first, each with its manifest or what is wrong with it."""
        return [(version, self._manifest_or_fault(version)) for version in self.names()]

    def current(self) -> str | None:
        """Name the current version; None if nothing was ever promoted."""
        return read_pointer(self.directory).current

    def rollback_target(self) -> str | None:
        """Name the version that `rollback` would go back to."""
        known = set(self.names())
        history = read_pointer(self.directory).history
        return next((version for version in reversed(history) if version in known), None)

    def manifest(self, version: str) -> Manifest:
        """Return what a version says about itself."""
        with self.open(version) as folder:
            return read_description(folder).manifest

    def resolve(self, version: str | None = None) -> str:
        """Return the name of an existing version; without one named, the current one's."""
        names = self.names()
        if version is None:
            return self._existing_current(names)
        if version in names:
            return version
        like = next((name for name in names if version and name.startswith(version)), closest(version, names))
        hint = f"did you mean {like}?" if like else "see `hookline models list`"
        raise NoModelError(f"there is no version {version} in {self.directory}; {hint}")

    def open(self, version: str | None = None) -> Folder:
        """Open a version's folder for reading."""
        return Folder(self.directory / self.resolve(version))

    def verify(self, version: str | None = None, rule: SignatureRule = UNSIGNED) -> Manifest:
        """Hold every file of a version against its manifest; run nothing of it."""
        with self.open(version) as folder:
            manifest = read_description(folder, rule).manifest
            verify_files(folder, manifest)
        return manifest

    # ---- making versions ----

    @contextlib.contextmanager
    def draft(self) -> Iterator[Draft]:
        """Open a hidden folder to write a version's files into; what is not published is removed."""
        with self._locked():
            remove_leftovers(self.directory)
            draft = Draft(self.directory)
        try:
            yield draft
        finally:
            draft.close()

    def publish(self, draft: Draft, fields: ManifestFields, *, private_key: Path | None = None) -> Manifest:
        """Make a version of the draft. It is there completely or not at all; it is not current yet."""
        now = datetime.now(UTC)
        manifest = Manifest(
            version=_version_name(now),
            model_id=str(uuid.uuid4()),
            created=now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            python=platform.python_version(),
            task=fields.contract.task,
            contract=fields.contract.plain(),
            contract_fingerprint=fields.contract.fingerprint,
            files=dict(sorted(draft.files.items())),
            **{name: getattr(fields, name) for name in ManifestFields.model_fields if name != "contract"},
        )
        data = manifest.to_bytes()
        signature = None if private_key is None else sign(data, private_key)
        read_manifest(
            data, digest_line(data), version=manifest.version
        )  # what we write, we must be able to read
        self.adopt(draft, manifest, data, signature)
        return manifest

    def adopt(self, draft: Draft, manifest: Manifest, data: bytes, signature: bytes | None) -> None:
        """Publish a draft under a manifest that already exists: what `pull` brings."""
        with writing(self.directory):
            draft.seal(data, digest_line(data), signature)
        with self._locked():
            target = self.directory / manifest.version
            if os.path.lexists(target):
                raise StoreError(f"{target} exists already; versions are never overwritten: remove it first")
            draft.publish(target)

    # ---- choosing ----

    def promote(self, version: str, rule: SignatureRule = UNSIGNED) -> str | None:
        """Make a version current, once its files are what they were; return the one that was before."""
        self.verify(self.resolve(version), rule)
        with self._locked():
            before = self._pointer_to_leave()
            write_pointer(self.directory, before.moved_to(version))
        return before.current

    def rollback(self, rule: SignatureRule = UNSIGNED) -> str:
        """Make the version current that was current before; return its name."""
        with self._locked():
            target = self.rollback_target()
            if target is None:
                raise NoModelError(
                    "no version was current before; choose one with `hookline models promote VERSION`"
                )
            self.verify(target, rule)
            write_pointer(self.directory, read_pointer(self.directory).moved_back_to(target))
        return target

    def prune(self, keep: int) -> list[str]:
        """Remove all but the newest `keep` versions, the current one, its predecessor, and those in use."""
        if keep < 0:
            raise StoreError(f"cannot keep {keep} versions; give 0 or more")
        with self._locked():
            remove_leftovers(self.directory)
            names = self.names()
            safe = {self.current(), self.rollback_target(), *names[len(names) - min(keep, len(names)) :]}
            return [name for name in names if name not in safe and _take(self.directory / name)]

    # ---- inside ----

    def _manifest_or_fault(self, version: str) -> Manifest | ModelError:
        try:
            return self.manifest(version)
        except ModelError as error:
            return error

    def _existing_current(self, names: list[str]) -> str:
        current = self.current()
        if current is None and not names:
            raise NoModelError(f"there is no model in {self.directory} yet; make one with `hookline train`")
        if current is None:
            raise NoModelError(
                f"no version in {self.directory} is current; "
                f"choose one with `hookline models promote {names[-1]}`"
            )
        if current not in names:
            raise NoModelError(
                f"the current version {current} is gone from {self.directory}; choose another one with "
                "`hookline models rollback` or `hookline models promote VERSION` (see `hookline models list`)"
            )
        return current

    def _pointer_to_leave(self) -> Pointer:
        try:
            return read_pointer(self.directory)
        except StoreError:
            return Pointer()  # promoting is the remedy for an unusable pointer, so it must not need it

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with writing(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                yield
            finally:
                os.close(fd)


def _version_name(now: datetime) -> str:
    # Microseconds first, so that names sort by time; the rest keeps two machines apart.
    return f"{now:%Y%m%dT%H%M%SZ}-{now.microsecond:05x}{secrets.token_hex(2)[:3]}"


def _take(version: Path) -> bool:
    """Remove a version unless somebody is reading it."""
    try:
        fd = os.open(version, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False  # not a folder of ours
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        throw_away(version)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True
