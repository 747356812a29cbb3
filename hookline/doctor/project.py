"""Look at a project: settings, contract, hooks, owners, locks, model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hookline.config import load_settings
from hookline.doctor.finding import Finding, Verdict
from hookline.doctor.locks import environment, vendored
from hookline.errors import HooklineError, ModelError
from hookline.hooks.surface import DATA_LOADER, TRAIN, file_of
from hookline.models.loading import contract_difference
from hookline.models.store import ModelStore
from hookline.project import open_project
from hookline.words import counted, listed

__all__ = ["look_at_project"]

_MANAGED = ("Makefile", "main.py")
_OWNERS = ("Yours", "Managed")


def look_at_project(root: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Go through the project in `root`; a look that needs one which failed says so."""
    yield settings(root, environ)
    yield contract(root)
    yield hooks(root)
    yield owners(root)
    yield from vendored(root)
    yield environment(root)
    yield model(root, environ)


def _found(what: str, verdict: Verdict, seen: str, next_: str = "") -> Finding:
    return Finding("project", what, verdict, seen, next_)


def settings(root: Path, environ: Mapping[str, str]) -> Finding:
    """Look whether config.yaml and the environment can be read."""
    return _read("config.yaml", lambda: load_settings(root, environ), "hookline config show")


def contract(root: Path) -> Finding:
    """Look whether features.yaml can be read."""
    return _read("features.yaml", lambda: open_project(root, {}).contract, "hookline contract show")


def _read(what: str, read: Callable[[], object], next_: str) -> Finding:
    try:
        read()
    except HooklineError as error:
        return _found(what, "problem", str(error), f"correct it, then {next_}")
    return _found(what, "fine", "is read")


def hooks(root: Path) -> Finding:
    """Look whether the files of the hooks are there; trying them is the check's work."""
    missing = [file_of(module) for module in (DATA_LOADER, TRAIN) if not (root / file_of(module)).is_file()]
    if missing:
        return _found(
            "hooks", "problem", f"{listed(missing)} is missing", "write it; docs/hooks.md has a starter"
        )
    return _found("hooks", "fine", "are there; `hookline check` tries them")


def owners(root: Path) -> Finding:
    """Look whether each file says in its first line whose it is."""
    own = [path for kind in ("py", "yaml") for path in sorted((root / "source").rglob(f"*.{kind}"))]
    paths = [*own, *((root / name) for name in ("config.yaml", *_MANAGED))]
    silent = [path for path in paths if path.is_file() and not _says_owner(path)]
    if silent:
        names = listed(path.relative_to(root).as_posix() for path in silent)
        next_ = "begin the file with `# Yours: what it is for`"
        return _found("owners", "note", f"no first line says whose is: {names}", next_)
    return _found("owners", "fine", f"{counted(len(paths), 'file')} say whose they are")


def _says_owner(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    return not first or any(owner in first for owner in _OWNERS)


def model(root: Path, environ: Mapping[str, str]) -> Finding:
    """Look whether there is a current model, whole, and of today's contract."""
    try:
        project = open_project(root, environ)
        store = ModelStore(project.model_directory)
        current = store.current()
        if current is None:
            return _found("model", "note", "none is current yet", "hookline train")
        manifest = store.verify(current)
        difference = contract_difference(manifest, project.contract)
    except ModelError as error:
        return _found(
            "model", "problem", str(error), "hookline models list, then hookline models rollback or train"
        )
    except HooklineError:
        return _found(
            "model", "note", "not looked at: config.yaml or features.yaml cannot be read", "see above"
        )
    if difference is not None:
        return _found("model", "note", difference.partition(";")[0], "hookline train")
    return _found("model", "fine", f"{current}, {manifest.predictor}, whole and of this contract")
