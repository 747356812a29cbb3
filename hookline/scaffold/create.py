"""How a new project comes to be: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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


@contextmanager
def _appearing(root: Path) -> Iterator[Path]:
    """Let a folder appear with all that is written into it, or not at all: Ctrl-C leaves nothing behind."""
    target = root.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise ScaffoldError(f"{target} cannot be made: {error.strerror}; name another folder") from error
    try:
        yield draft
        draft.chmod(0o755)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


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
    # A name that the files bring stays, such as that of an older project's database.
    named = {
        key: name for key, name in names.settings().items() if settings.get(key, default[key]) == default[key]
    }
    return settings | named


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
