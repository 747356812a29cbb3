"""How a new project comes to be: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jinja2 import Environment, StrictUndefined

from hookline.config.load import CONFIG_FILE
from hookline.config.starter import starter_text
from hookline.errors import ScaffoldError
from hookline.scaffold.managed import managed_files, starters
from hookline.scaffold.names import Names
from hookline.scaffold.repository import Repository, has_git
from hookline.scaffold.wheel import File, Wheel
from hookline.scaffold.yours import Yours
from hookline.yamlfile import read_yaml_text

__all__ = ["Created", "create", "must_be_free"]

_RENDERED = ".j2"
"""Ends the names of starters that are rendered; the others are taken as they are."""


@dataclass(frozen=True, slots=True)
class Created:
    """Say what was made."""

    root: Path
    names: Names
    managed: int
    yours: tuple[str, ...]
    repository: bool


def create(root: Path, yours: Yours, *, names: Names, wheel: Wheel, git: bool = True) -> Created:
    """Make a project in a new or empty folder, with a repository and a first commit unless told otherwise."""
    must_be_free(root)
    managed = managed_files(wheel)
    own = _owners_files(yours, names, wheel)
    if both := sorted(managed.keys() & own.keys()):
        raise ScaffoldError(f"{both[0]} is hookline's own; {yours.name} must not bring it")
    if outside := next(filter(_is_outside, own), None):
        raise ScaffoldError(f"{outside} lies outside the new project; {yours.name} must not bring it")
    git = git and has_git()
    with _appearing(root) as draft:
        for path, file in {**managed, **own}.items():
            _write(draft / path, file)
        if git:
            _first_commit(draft, wheel)
    return Created(root, names, len(managed), tuple(sorted(own)), git)


def must_be_free(root: Path) -> None:
    """Refuse a place where something stands already."""
    if root.is_dir() and not any(root.iterdir()):
        return
    if root.exists() or root.is_symlink():
        what = "is not empty" if root.is_dir() else "is there already, and no folder"
        raise ScaffoldError(f"{root} {what}; name a new folder, nothing is ever written over")


def _is_outside(path: str) -> bool:
    # Such a name may come from an older project's settings, and would be written wherever it leads.
    return PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts


@contextmanager
def _appearing(root: Path) -> Iterator[Path]:
    """Let a folder appear with all that is written into it, or not at all: Ctrl-C leaves nothing behind."""
    target = root.absolute()
    there = target.is_dir()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Within a folder that is there, for somebody may stand in it, or it may be all that one may write to.
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target if there else target.parent))
    except OSError as error:
        raise _not_made(target, error) from error
    try:
        yield draft
        if there:
            _move_up(draft)
        else:
            draft.chmod(0o755)
            draft.rename(target)
    except OSError as error:
        raise _not_made(target, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _not_made(target: Path, error: OSError) -> ScaffoldError:
    return ScaffoldError(f"{target} cannot be made: {error.strerror or error}; name another folder")


def _move_up(draft: Path) -> None:
    """Move what lies in the draft into the folder around it; all of it, or nothing."""
    target, moved = draft.parent, []
    if [path for path in target.iterdir() if path != draft]:
        raise ScaffoldError(f"{target} is no longer empty; name a new folder, nothing is ever written over")
    try:
        for entry in sorted(draft.iterdir()):
            moved.append(target / entry.name)
            entry.rename(target / entry.name)
    except BaseException:  # Ctrl-C too
        for path in moved:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _owners_files(yours: Yours, names: Names, wheel: Wheel) -> dict[str, File]:
    environment = Environment(  # noqa: S701 - Markdown and Python are written, not HTML
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    facts = {"title": names.title, "slug": names.slug, "version": wheel.version, "way": yours.name}
    files = {}
    for path, file in starters(wheel).items():
        content = file.content
        if path.endswith(_RENDERED):
            content = environment.from_string(content.decode()).render(facts).encode()
        files[path.removesuffix(_RENDERED)] = File(content, file.executable)
    for path, given in yours.files.items():
        files[path] = File(given if isinstance(given, bytes) else given.encode())
    files[CONFIG_FILE] = File(starter_text(_settings(yours, names)).encode())
    return files


def _settings(yours: Yours, names: Names) -> Mapping[str, object]:
    given = yours.files.get(CONFIG_FILE, "")
    text = given.decode() if isinstance(given, bytes) else given
    content = read_yaml_text(text, name=CONFIG_FILE).content
    default = Names.of("hookline-service").settings()
    settings = {
        f"{section}.{key}": value for section, keys in content.items() for key, value in (keys or {}).items()
    }
    # What was named after an older project is named after the new one; any other name that the files bring
    # stays, such as that of a database.
    before = _named_after(str(settings.get("service.name", "")))
    named = {
        key: name
        for key, name in names.settings().items()
        if settings.get(key, default[key]) in (default[key], before.get(key))
    }
    return settings | named


def _named_after(title: str) -> Mapping[str, object]:
    try:
        return Names.of(title).settings()
    except ScaffoldError:  # a name that config.yaml allows, but from which no others follow
        return {"service.name": title}


def _write(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    if file.executable:
        path.chmod(0o755)


def _first_commit(root: Path, wheel: Wheel) -> None:
    repository = Repository(root)
    repository.git("init", "--quiet", "--initial-branch", "main")
    # By force: whatever else this machine ignores, a project is complete.
    repository.git("add", "--force", "--", ".")
    repository.commit(f"Begin with hookline {wheel.version}")
