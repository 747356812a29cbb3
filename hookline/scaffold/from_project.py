"""A new project with the hooks of one that was made from an older template of this kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hookline.contract import parse_contract_text
from hookline.errors import ProjectError
from hookline.project import CONTRACT_FILE
from hookline.scaffold.older.features import carry_features
from hookline.scaffold.older.modules import HOOKS, Modules, needed_modules
from hookline.scaffold.older.settings import carry_settings
from hookline.scaffold.request import REQUEST, request_text
from hookline.scaffold.settings import settings_text
from hookline.scaffold.yours import Yours
from hookline.words import listed

__all__ = ["from_project"]

LARGEST = 10 * 1024**2
_DATA = ("data", "source/data")
_REQUEST_SETTING = "jenkins.prediction_test_case_path"
_OURS_INSTEAD = (
    "Dockerfile",
    "docker-compose.yml",
    "Jenkinsfile",
    "requirements.txt",
    "environment.yml",
    "app",
    "dockerfiles",
    "helm",
    "jenkins",
    "model_bin",
)
"""What a new project has anew, or makes itself."""


def from_project(directory: Path) -> Yours:
    """Carry the hooks, the contract, the data and the settings over; nothing of the project is run."""
    try:
        return _carried(directory)
    except OSError as error:
        raise ProjectError(
            f"{error.filename or directory} cannot be read: {error.strerror}; name the folder of a project, "
            "all of which may be read"
        ) from error


def _carried(directory: Path) -> Yours:
    root = directory.resolve()
    if not root.is_dir():
        raise ProjectError(f"{directory} is not a folder; name the folder of a project")
    modules = needed_modules(root)
    features = carry_features(root, modules.texts[HOOKS[1]])
    settings = carry_settings(root)
    files: dict[str, str | bytes] = {name: _owned(text) for name, text in sorted(modules.texts.items())}
    files[CONTRACT_FILE.as_posix()] = features.text
    data = dict(_data(root))
    files |= {name: path.read_bytes() for name, path in data.items() if path.stat().st_size <= LARGEST}
    asked, outside = _old_request(root, settings.given.pop(_REQUEST_SETTING, REQUEST))
    files[REQUEST] = asked or request_text(parse_contract_text(features.text))
    if settings.given:
        files["config.yaml"] = settings_text(settings.given)
    notes = [
        f"Carried over: {listed(files, 20)}.",
        *(
            [f"The contract comes from {features.origin}."]
            if features.origin != CONTRACT_FILE.as_posix()
            else []
        ),
        *features.remarks,
        *settings.remarks,
        *outside,
        *_on_modules(root, modules),
        *(
            f"{name} is large and not carried over: bring it to the new project yourself."
            for name in data
            if name not in files
        ),
        *_on_the_rest(root),
        "`make check` says whether the hooks keep the contract; then train anew.",
    ]
    return Yours(root.name, files, tuple(notes), "make check")


def _old_request(root: Path, name: str) -> tuple[bytes | None, list[str]]:
    """Return the request of an older project, and a remark if it is not the project's to bring."""
    path = (root / name).resolve()
    if path.is_relative_to(root):
        return _rows(path), []
    return None, [f"{name} lies outside the project and is not carried over: {REQUEST} is a new request."]


def _rows(path: Path) -> bytes | None:
    """Return the request in a file, if it is the list of rows that a service of ours takes."""
    try:
        content = path.read_bytes()
        rows = json.loads(content)
    except (OSError, ValueError):
        return None
    listed_rows = isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)
    return content if listed_rows else None


def _owned(text: str) -> str:
    """Say in the first line whose file it is; the rest stays as it is."""
    if any(word in text.partition("\n")[0] for word in ("Yours", "Managed")):
        return text
    return f"# Yours: carried over from an older project.\n{text}"


def _data(root: Path) -> Iterator[tuple[str, Path]]:
    """List the files of data that hooks may read."""
    for folder in _DATA:
        for path in sorted((root / folder).rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in path.relative_to(root).parts)
            if path.is_file() and not hidden and path.suffix not in (".py", ".pkl", ".joblib"):
                yield path.relative_to(root).as_posix(), path


def _on_modules(root: Path, modules: Modules) -> Iterator[str]:
    if modules.absent:
        absent = listed(sorted(modules.absent))
        yield f"The hooks import {absent}, which is not there: write it or mend the import."
    if modules.foreign:
        yield (
            f"The hooks import {listed(sorted(modules.foreign))}, not installed here: "
            "add it to the project's dependencies."
        )
    left = [
        path.relative_to(root).as_posix()
        for path in sorted((root / "source").rglob("*.py"))
        if "__pycache__" not in path.parts
        and path.relative_to(root).as_posix() not in modules.texts
        and path.stat().st_size
    ]
    if left:
        yield f"Not carried over, for no hook imports it: {listed(left, 12)}."


def _on_the_rest(root: Path) -> Iterator[str]:
    there = [name for name in _OURS_INSTEAD if (root / name).exists()]
    if there:
        yield f"Not carried over, for a new project has or makes its own: {listed(there, 12)}."
