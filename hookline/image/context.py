"""What an engine is given to build an image of: a folder that holds what goes in, and nothing else.

    Dockerfile, .dockerignore     as in the project, with what lies beside the Dockerfile
    build-args                    NAME=value, a line each
    lock.txt                      what is installed, with hashes
    wheel/                        the framework, and its own lock
    app/                          what the service reads (production only)
    tools/                        kubectl and helm, where they are at hand already (runtime only)

Only the current version of the model goes in, and of a compiled one not the native file. Of source/ code and
small texts go in, never the tables that a model is trained on. Rights are ours, not those of whoever builds,
so that any uid can read it all.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import hookline
from hookline.config.load import CONFIG_FILE
from hookline.errors import ImageError
from hookline.image.names import ImageKind
from hookline.image.wheel import bring_wheel
from hookline.models.manifest import Manifest
from hookline.models.pointer import Pointer, write_pointer
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import CONTRACT_FILE, Project

__all__ = ["prepare"]

_LOCKS = {"compiled": "serve.txt", "native": "serve-native.txt"}
_TOOLS = ("kubectl", "helm")
_NEVER = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
_CODE = (".py", ".yaml", ".yml")
_TEXTS = (".json", ".md", ".pyi", ".sql", ".toml", ".txt")
_SMALL = 262_144


def prepare(project: Project, kind: ImageKind, folder: Path, *, tools: Path | None = None) -> list[str]:
    """Write the context of an image into the empty `folder`; return what of source/ was left out.

    A runtime image takes kubectl and helm from `tools`; without it they are fetched while it is built.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ImageError(f"{folder} is not empty; name a new folder, for all of it goes to the engine")
    folder.mkdir(parents=True, exist_ok=True)
    root = project.root
    for path in (root / ".dockerignore", *_build_files(root / "dockerfiles" / f"{kind}-image")):
        _copy(path, folder)
    bring_wheel(root, folder / "wheel")
    left: list[str] = []
    if kind == "production":
        arguments = _production(project, folder, left)
    else:
        arguments = _runtime(project, folder, tools)
    lines = [f"{name}={value}\n" for name, value in sorted(arguments.items())]
    (folder / "build-args").write_text("".join(lines), encoding="utf-8")
    _open_to_all(folder)
    return left


def _production(project: Project, folder: Path, left: list[str]) -> dict[str, str]:
    root, settings = project.root, project.settings
    if settings.service.port == 0:
        raise ImageError("service.port is 0, any free one; nobody would find it in a container: set a port")
    store = ModelStore(project.model_directory)
    # What would be refused by the service must not become an image.
    manifest = store.verify(rule=LoadPolicy.from_settings(settings.models, root).signature)
    full = manifest.predictor == "native"
    _copy_lock(root, _LOCKS[manifest.predictor], folder)
    app = folder / "app"
    for name in ("main.py", CONFIG_FILE, settings.models.public_key_file):
        _copy_within(root, name, app)
    if settings.models.public_key_file:
        # Whatever it is called, it is meant to go in.
        with (folder / ".dockerignore").open("a", encoding="utf-8") as ignored:
            ignored.write(f"!app/{Path(settings.models.public_key_file).as_posix()}\n")
    if full:
        left += _copy_source(root, app)
    else:
        _copy_within(root, str(CONTRACT_FILE), app)
    _copy_version(store, manifest, app / "model_bin")
    return {
        "PYTHON": ".".join(manifest.python.split(".")[:2]),
        "PORT": str(settings.service.port),
        "SERVICE": settings.service.name,
        "MODEL_ID": manifest.model_id,
        "MODEL_VERSION": manifest.version,
        "FLAVOUR": "full" if full else "compiled",
        "CONTRACT": manifest.contract_fingerprint,
        **_origin(root),
    }


def _runtime(project: Project, folder: Path, tools: Path | None) -> dict[str, str]:
    _copy_lock(project.root, "dev.txt", folder)
    if tools is not None:
        (folder / "tools").mkdir()
        for name in _TOOLS:
            _copy(tools / name, folder / "tools")
    return {
        "PYTHON": ".".join(platform.python_version_tuple()[:2]),
        "TOOLS": "download" if tools is None else "context",
        **_origin(project.root),
    }


def _build_files(folder: Path) -> list[Path]:
    """List the Dockerfile and the programs it starts."""
    return [folder / "Dockerfile", *sorted(folder.glob("*.py"))]


def _origin(root: Path) -> Mapping[str, str]:
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - git
        commit = done.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown"
    return {"COMMIT": commit, "HOOKLINE": hookline.__version__}


def _copy_lock(root: Path, name: str, folder: Path) -> None:
    try:
        shutil.copyfile(root / "locks" / name, folder / "lock.txt")
    except FileNotFoundError as error:
        raise ImageError(f"{root / 'locks' / name} is missing; bring it back from version control") from error


def _copy_version(store: ModelStore, manifest: Manifest, target: Path) -> None:
    """Copy what the service loads: the files it verifies, and a pointer to them."""
    source = store.directory / manifest.version
    unused = {manifest.native.file} if manifest.predictor == "compiled" else set()
    version = target / manifest.version
    version.mkdir(parents=True)
    for path in source.iterdir():
        if path.name not in unused:
            shutil.copyfile(path, version / path.name)
    write_pointer(target, Pointer(manifest.version))


def _copy_source(root: Path, app: Path) -> list[str]:
    """Copy what hooks are made of; return what else lies there."""
    left: list[str] = []

    def unwanted(folder: str, names: list[str]) -> set[str]:
        never = set(_NEVER(folder, names))
        files = [
            Path(folder, name) for name in names if name not in never and not Path(folder, name).is_dir()
        ]
        tables = [path for path in files if not _goes_in(path)]
        left.extend(path.relative_to(root).as_posix() for path in tables)
        return never | {path.name for path in tables}

    shutil.copytree(root / "source", app / "source", ignore=unwanted)
    return sorted(left)


def _goes_in(path: Path) -> bool:
    return path.suffix in _CODE or (path.suffix in _TEXTS and path.stat().st_size <= _SMALL)


def _copy_within(root: Path, name: str, target: Path) -> None:
    """Copy a file of the project to the same place below `target`."""
    if not name or (name == CONFIG_FILE and not (root / name).exists()):
        return
    if Path(name).is_absolute() or not (root / name).resolve().is_relative_to(root):
        raise ImageError(f"{name} is outside of the project, so no image can hold it; copy it into {root}")
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    _copy(root / name, (target / name).parent)


def _copy(path: Path, folder: Path) -> None:
    try:
        shutil.copyfile(path, folder / path.name)
    except FileNotFoundError as error:
        raise ImageError(f"{path} is missing; bring it back, from version control if it was there") from error


def _open_to_all(folder: Path) -> None:
    """Let every uid read what goes in, whatever the umask of whoever builds."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "tools" else 0o644)
