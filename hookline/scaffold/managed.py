"""The files of a project that stay hookline's: what a version puts there, and what of it a project has."""

from __future__ import annotations

from pathlib import Path

from hookline.errors import ProjectError
from hookline.scaffold.wheel import TEMPLATE, File, Wheel, open_wheel

__all__ = ["carried", "managed_files", "migrations", "starters"]

LOCK = "locks/hookline.txt"
"""The lock of the framework itself: one line, which names the wheel in `vendor/` by its hash."""

_LOCK_TEXT = """\
# Managed by hookline: the framework, from vendor/ and from nowhere else.
hookline=={version} --hash=sha256:{sha256}
"""


def managed_files(wheel: Wheel) -> dict[str, File]:
    """Return every file that this version manages in a project, the version itself among them."""
    lock = _LOCK_TEXT.format(version=wheel.version, sha256=wheel.sha256)
    return {
        **{_dotted(path): file for path, file in wheel.files(f"{TEMPLATE}managed/").items()},
        f"vendor/{wheel.path.name}": File(wheel.path.read_bytes()),
        LOCK: File(lock.encode()),
    }


def _dotted(path: str) -> str:
    # Within this repository a .gitignore would be taken for its own; git does not read one that is a link.
    return path.removeprefix("dot") if path.startswith("dot.") else path


def starters(wheel: Wheel) -> dict[str, File]:
    """Return the files that this version begins a project with, before their names are filled in."""
    return wheel.files(f"{TEMPLATE}yours/")


def migrations(old: Wheel, new: Wheel) -> list[str]:
    """Return what the major versions between two have to say to owners of projects, oldest first."""
    pages = new.files(f"{TEMPLATE}migrations/")
    majors = range(old.major + 1, new.major + 1)
    return [pages[f"{major}.md"].content.decode().strip() for major in majors if f"{major}.md" in pages]


def carried(root: Path) -> Wheel:
    """Return the wheel that a project carries."""
    if not (root / "source").is_dir():
        raise ProjectError(
            f"{root.absolute()} is not a hookline project: it has no folder `source`; "
            "change into one, or name it with --project"
        )
    found = sorted((root / "vendor").glob("hookline-*.whl"))
    if not found:
        raise ProjectError(
            f"{root / 'vendor'} holds no hookline-*.whl; bring it back from version control, "
            "or make a new project with `hookline new` and move yours into it"
        )
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise ProjectError(f"vendor/ holds {names}; leave only the one that {LOCK} names")
    return open_wheel(found[0])
