"""Two versions of hookline in a git repository of their own, and their wheels."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hookline.scaffold.pack import build_wheel, export
from hookline.scaffold.wheel import Wheel, open_wheel
from tests.house import ROOT

OLD, NEW, MAJOR = "0.1.0", "0.2.0", "1.0.0"


class Versions(NamedTuple):
    """The repository, and the wheels of its tags."""

    repository: Path
    old: Wheel
    new: Wheel
    major: Wheel

    @classmethod
    def found_in(cls, folder: Path) -> Versions:
        """Return what `build_versions` left in a folder."""
        wheels = [
            open_wheel(wheel)
            for version in (OLD, NEW, MAJOR)
            for wheel in (folder / f"wheel-{version}").iterdir()
        ]
        return cls(folder / "hookline", *wheels)


def git(root: Path, *words: str) -> str:
    named = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.hooksPath=/dev/null"]
    done = subprocess.run(["git", *named, *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip("\n")


def build_versions(folder: Path) -> Versions:
    """Build the versions: the first is this one, the second changes, adds and removes managed files."""
    repository = folder / "hookline"
    export(ROOT, repository)
    git(repository, "init", "-q", "-b", "main")
    _release(repository, OLD, lambda: None)
    _release(repository, NEW, lambda: _second(repository))
    _release(repository, MAJOR, lambda: _third(repository))
    return Versions.found_in(folder)


def _release(repository: Path, version: str, change: Callable[[], None]) -> None:
    change()
    package = repository / "hookline" / "__init__.py"
    package.write_text(
        package.read_text().replace(f'"{OLD}"', f'"{version}"').replace(f'"{NEW}"', f'"{version}"')
    )
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "--allow-empty", "-m", f"Release {version}")
    git(repository, "tag", f"v{version}")
    out = repository.parent / f"wheel-{version}"
    out.mkdir()
    build_wheel(repository, out)


def _second(repository: Path) -> None:
    makefile = repository / "Makefile"
    makefile.write_text(makefile.read_text().replace("PYTHON ?= python3", "PYTHON ?= python3.50"))
    script = repository / "getting-started" / "start_mongodb.sh"
    script.write_text(script.read_text() + "# as of 0.2.0\n")
    (repository / "getting-started" / "show_mongo.py").unlink()
    added = repository / "getting-started" / "hello.sh"
    added.write_text("#!/bin/sh\n# Managed by hookline. Says hello.\necho hello\n")
    added.chmod(0o755)
    apply = repository / "hookline" / "scaffold" / "apply.py"
    apply.write_text(apply.read_text().replace('"Next: ', '"As 0.2.0 says: '))
    main = repository / "main.py"
    main.write_text(main.read_text() + "# as of 0.2.0\n")


def _third(repository: Path) -> None:
    link = repository / "template" / "managed" / "getting-started"
    link.unlink()
    (repository / "template" / "managed" / "first-steps").symlink_to("../../first-steps")
    (repository / "getting-started").rename(repository / "first-steps")
    (repository / "template" / "migrations" / "1.md").write_text("hookline 1.0\n\nRename `this` to `that`.\n")
