"""`python -m hookline.scaffold.apply PROJECT WHEEL [--no-check]`: what an update calls of the new version.

Older versions call this, so its arguments and exit codes stay: 0 updated · 1 conflicts, a failed check, an
error.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hookline.errors import HooklineError
from hookline.scaffold.merge import Merged, merge
from hookline.scaffold.wheel import open_wheel

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Update a project, say what was done, and try its hooks with the new version."""
    root, wheel = (Path(word) for word in arguments[:2])
    try:
        merged = merge(root, open_wheel(wheel))
    except HooklineError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    _say(_summary(merged))
    if merged.conflicts:
        return 1
    failed = "--no-check" not in arguments and not _check(root)
    _say(_next(merged, failed=failed))
    return int(failed)


def _summary(merged: Merged) -> Iterator[str]:
    for page in merged.migrations:
        yield from (page, "")
    yield f"hookline {merged.old.version} → {merged.new.version}, on the branch {merged.branch}"
    for verb, path in merged.changes:
        yield f"  {verb:<8} {path}"
    for path in merged.left_out:
        yield f"  left out {path}: you have removed it"
    for path in merged.conflicts:
        yield f"  conflict {path}"
    if merged.conflicts:
        yield ""
        yield "Both of you changed these; git marked the places. Choose, then: git add --all && git commit"
        yield f"Or undo all: git reset --hard && git switch {merged.before} && git branch -D {merged.branch}"


def _next(merged: Merged, *, failed: bool) -> Iterator[str]:
    if failed:
        yield f"The update is committed on {merged.branch}, but `make check` fails; mend it, or go back:"
        yield f"  git switch {merged.before} && git branch -D {merged.branch}"
    else:
        onto = f"git switch {merged.before} && git merge {merged.branch}"
        yield f"Next: git diff {merged.before}, make test, then: {onto}"


def _check(root: Path) -> bool:
    if not (root / "Makefile").exists():
        return True
    _say(["", "make check"])
    # The project's own Makefile installs the new version from vendor/; what runs here is only unpacked.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(["make", "--no-print-directory", "check"], cwd=root, env=outside, check=False)  # noqa: S607 - make is where PATH says
    return done.returncode == 0


def _say(lines: Iterator[str] | list[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
