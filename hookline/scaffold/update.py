"""Which hookline a project has, which it could have, and how the newer one is called to do its update."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from hookline.errors import ScaffoldError
from hookline.scaffold.managed import carried
from hookline.scaffold.pack import build_wheel, is_checkout, own_wheel
from hookline.scaffold.wheel import Wheel, open_wheel

__all__ = ["Standing", "hand_over", "standing", "wheel_of"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold a project's version beside the one that it could have."""

    has: Wheel
    could: Wheel

    @property
    def behind(self) -> bool:
        """Tell whether the project should be updated."""
        return self.could.age >= self.has.age and self.could.digest != self.has.digest

    @property
    def ahead(self) -> bool:
        """Tell whether the project is newer."""
        return self.could.age < self.has.age


def wheel_of(source: Path | None, into: Path) -> Wheel:
    """Return the wheel to update to: a file, the newest of a folder, a checkout's, or one's own."""
    if source is None:
        return own_wheel(into)
    if source.is_file():
        return open_wheel(source)
    if is_checkout(source):
        return build_wheel(source, into)
    if found := [open_wheel(path) for path in source.glob("hookline-*.whl")]:
        return max(found, key=lambda wheel: wheel.age)
    raise ScaffoldError(f"{source} is neither a wheel of hookline, nor a checkout, nor a folder with wheels")


def standing(root: Path, could: Wheel) -> Standing:
    """Compare what a project has with what it could have."""
    return Standing(carried(root), could)


def hand_over(root: Path, new: Wheel, *, check: bool = True) -> int:
    """Have the new version do the update; return its exit code."""
    with tempfile.TemporaryDirectory(prefix="hookline-update-") as scratch:
        with zipfile.ZipFile(new.path) as archive:
            archive.extractall(scratch)
        # Not this version's code: what an update has to do is for the new version to know.
        command = [
            sys.executable,
            "-m",
            "hookline.scaffold.apply",
            str(root.resolve()),
            str(new.path.resolve()),
        ]
        words = [] if check else ["--no-check"]
        environment = os.environ | {"PYTHONPATH": scratch, "PYTHONDONTWRITEBYTECODE": "1"}
        sys.stdout.flush()
        return subprocess.run([*command, *words], cwd=scratch, env=environment, check=False).returncode  # noqa: S603 - our own interpreter
