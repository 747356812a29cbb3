"""The framework as one file: what a project carries in `vendor/`, and all that a project is made of.

Like all that `hookline.scaffold.apply` imports, this file needs the standard library only: an update is
done by the newer version's code among the older version's packages.
"""

from __future__ import annotations

import re
import stat
import zipfile
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from hookline.errors import ScaffoldError

__all__ = ["TEMPLATE", "File", "Wheel", "open_wheel"]

TEMPLATE = "hookline/scaffold/template/"
"""Where the template lies within a wheel; in a checkout it is the folder `template`."""

_NAME = re.compile(r"hookline-(?P<version>[0-9]+\.[0-9]+\.[0-9]+[0-9a-z.+]*)-py3-none-any\.whl")


@dataclass(frozen=True, slots=True)
class File:
    """Hold what stands in a file, and whether it is a program."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Wheel:
    """A wheel of hookline on disk."""

    path: Path
    version: str

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the file, as a lock names it."""
        return sha256(self.path.read_bytes()).hexdigest()

    @cached_property
    def digest(self) -> str:
        """Return the digest of what is in it: equal for two wheels that were packed at different times."""
        with zipfile.ZipFile(self.path) as archive:
            record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
            lines = archive.read(record).decode().splitlines()
        return sha256(
            "\n".join(sorted(line for line in lines if not line.endswith(",,"))).encode()
        ).hexdigest()

    def files(self, folder: str) -> dict[str, File]:
        """Return what lies below a folder of it, by the path from there."""
        with zipfile.ZipFile(self.path) as archive:
            return {
                entry.filename.removeprefix(folder): File(
                    archive.read(entry), bool((entry.external_attr >> 16) & stat.S_IXUSR)
                )
                for entry in archive.infolist()
                if entry.filename.startswith(folder) and not entry.is_dir()
            }

    @property
    def age(self) -> tuple[int, int, int, bool, str]:
        """Return what versions are compared by: a release is newer than what leads to it."""
        major, minor, patch, rest = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(.*)", self.version).groups()  # type: ignore[union-attr]
        return int(major), int(minor), int(patch), not rest, rest

    @property
    def major(self) -> int:
        """Return the first number of the version."""
        return self.age[0]


def open_wheel(path: Path) -> Wheel:
    """Take a file for a wheel of hookline; say so if it is none."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise ScaffoldError(
            f"{path} is not a wheel of hookline; it is called hookline-VERSION-py3-none-any.whl"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            complete = any(name.startswith(TEMPLATE) for name in archive.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise ScaffoldError(f"{path} cannot be read as a wheel ({error}); copy it anew") from error
    if not complete:
        raise ScaffoldError(f"{path} holds no template; name a checkout of hookline instead")
    return Wheel(path, named["version"])
