"""How a newer hookline comes into a project: git merges what changed in hookline's files, on a new branch.

Two commits that nobody sees hold hookline's files as the project's version has them, and as the new one has
them. Picking the second onto the project is a three-way merge by git itself: what the owner changed in such
a file is kept, what both changed is shown between markers. Files that are not hookline's are in neither
commit, so nothing can touch them.

The newer version's code does this with the older version's packages: standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hookline.errors import ScaffoldError
from hookline.scaffold.managed import LOCK, carried, managed_files, migrations
from hookline.scaffold.repository import Repository
from hookline.scaffold.wheel import File, Wheel

__all__ = ["Merged", "branch_for", "merge"]

_VERBS = {"A": "added", "D": "removed", "M": "changed", "R": "moved", "T": "changed"}


@dataclass(frozen=True, slots=True)
class Merged:
    """Say what an update did."""

    old: Wheel
    new: Wheel
    branch: str
    before: str
    """The branch that the project was on."""
    changes: tuple[tuple[str, str], ...]
    """What was done, and the file."""
    conflicts: tuple[str, ...]
    left_out: tuple[str, ...]
    """Files of hookline's that the owner has removed, and that would have changed."""
    migrations: tuple[str, ...]


def branch_for(old: Wheel, new: Wheel) -> str:
    """Name the branch of an update."""
    return f"hookline-{new.version}" + (f"-{new.digest[:7]}" if old.version == new.version else "")


def merge(root: Path, new: Wheel) -> Merged:
    """Bring the files of a version into a project: committed on a new branch, or there with its conflicts."""
    old = carried(root)
    repository = Repository(root)
    _must_be_clean(repository, root)
    before = repository.git("rev-parse", "--abbrev-ref", "HEAD")
    ours, theirs = managed_files(old), managed_files(new)
    there = repository.tracked()
    gone = {path for path in ours if path not in there}
    _must_not_cover(root, theirs.keys() - there - gone, new)
    left_out = tuple(sorted(path for path in gone & theirs.keys() if theirs[path] != ours[path]))
    base = repository.commit_of(_without(ours, gone))
    tip = repository.commit_of(_without(theirs, gone), base)
    branch = branch_for(old, new)
    if repository.attempt("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").returncode == 0:
        raise ScaffoldError(
            f"there is a branch {branch} already; merge it, or remove it with `git branch -D {branch}`"
        )
    pages = tuple(migrations(old, new))
    repository.git("switch", "--quiet", "--create", branch)
    try:
        conflicts = _pick(repository, tip)
        changes = _changes(repository, conflicts)
        if not conflicts:
            repository.commit("\n\n".join([f"Update hookline from {old.version} to {new.version}", *pages]))
    except BaseException:  # Ctrl-C too: the project is left as it was
        repository.git("reset", "--quiet", "--hard")
        repository.git("switch", "--quiet", "-")
        repository.git("branch", "--quiet", "-D", branch)
        raise
    return Merged(old, new, branch, before, changes, conflicts, left_out, pages)


def _must_be_clean(repository: Repository, root: Path) -> None:
    if repository.attempt("rev-parse", "--verify", "--quiet", "HEAD").returncode:
        raise ScaffoldError(
            f"{root} has no commit that an update could be merged with; "
            "`git init && git add . && git commit -m begin`, then update"
        )
    if repository.attempt("symbolic-ref", "--quiet", "HEAD").returncode:
        raise ScaffoldError(f"{root} is on no branch; `git switch` to the one to update")
    changed = repository.git("status", "--porcelain", "--untracked-files=no").splitlines()
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ScaffoldError(
            f"{changed[0][3:]}{more} changed since the last commit; commit or stash that, then update"
        )


def _must_not_cover(root: Path, paths: Iterable[str], new: Wheel) -> None:
    # git itself writes over a file that is ignored.
    for path in paths:
        stood = next(
            (one for one in (root / path, *(root / path).parents) if one.exists() or one.is_symlink()), root
        )
        if stood == root / path or not stood.is_dir():
            raise ScaffoldError(
                f"{stood.relative_to(root)} comes with hookline {new.version}, and a file of that name "
                "here is not under version control; commit it or move it away, then update"
            )


def _without(files: dict[str, File], gone: set[str]) -> dict[str, File]:
    return {path: file for path, file in files.items() if path not in gone or path == LOCK}


def _pick(repository: Repository, commit: str) -> tuple[str, ...]:
    done = repository.attempt("cherry-pick", "--no-commit", "--allow-empty", commit)
    unmerged = repository.git("diff", "--name-only", "-z", "--relative", "--diff-filter=U")
    if done.returncode and not unmerged:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ScaffoldError(f"git cannot merge the update: {' '.join(said)}")
    return tuple(sorted(set(unmerged.split("\0")) - {""}))


def _changes(repository: Repository, conflicts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    said = repository.git(
        "diff", "--cached", "--name-status", "--no-renames", "-z", "--relative", "HEAD"
    ).split("\0")
    pairs = zip(said[::2], said[1::2], strict=False)
    return tuple((_VERBS.get(status[:1], "changed"), path) for status, path in pairs if path not in conflicts)
