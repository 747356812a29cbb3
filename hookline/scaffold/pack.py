"""How the hookline that runs becomes a wheel: built from a checkout, or packed again from where it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import Distribution, PackagePath
from importlib.metadata import distribution as installed
from pathlib import Path

import hookline
from hookline.errors import ScaffoldError
from hookline.scaffold.wheel import TEMPLATE, Wheel, open_wheel

__all__ = ["build_wheel", "checkout", "export", "is_checkout", "own_wheel"]

_BY_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
_JUNK = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "var", "model_bin", "node_modules")
_EPOCH = (2020, 2, 2, 0, 0, 0)


def checkout() -> Path | None:
    """Return the folder of the checkout that runs, or nothing if hookline is installed from a wheel."""
    root = Path(hookline.__file__).resolve().parent.parent
    return root if is_checkout(root) else None


def is_checkout(root: Path) -> bool:
    """Tell whether a folder is a checkout of hookline."""
    return (root / "template" / "managed").is_dir() and (root / "hookline" / "__init__.py").is_file()


def own_wheel(into: Path) -> Wheel:
    """Write the wheel of the hookline that runs into a folder."""
    root = checkout()
    return _repack(into) if root is None else build_wheel(root, into)


def build_wheel(root: Path, into: Path) -> Wheel:
    """Build the wheel of a checkout: of the files under version control, as they are on disk now."""
    with tempfile.TemporaryDirectory(prefix="hookline-") as scratch:
        tree, built = Path(scratch) / "tree", Path(scratch) / "built"
        export(root, tree)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "hatchling said nothing").splitlines()[-1]
            raise ScaffoldError(f"the wheel of {root} cannot be built ({last}); run `make setup` there first")
        return open_wheel(Path(shutil.copy(next(built.glob("*.whl")), into)))


def export(root: Path, tree: Path) -> None:
    """Copy the files of a checkout that are under version control, as they are on disk, into a new folder."""
    # What is not under version control may be a secret; it must not travel into every project.
    listed = subprocess.run(  # noqa: S603 - git
        ["git", "-C", str(root), "ls-files", "-z"],  # noqa: S607 - git is where PATH says
        capture_output=True,
        check=False,
    )
    if listed.returncode:  # an unpacked archive instead of a clone
        shutil.copytree(root, tree, symlinks=True, ignore=_JUNK)
        return
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = root / name, tree / name
        if source.is_file() or source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _repack(into: Path) -> Wheel:
    package = installed("hookline")
    files = {str(file): file for file in package.files or () if _belongs(file)}
    if not any(name.startswith(TEMPLATE) for name in files):
        raise ScaffoldError("this hookline is installed without its template; install it from a wheel")
    path = into / f"hookline-{package.version}-py3-none-any.whl"
    record = next(str(file) for file in package.files or () if file.name == "RECORD")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            _add(archive, name, Path(str(files[name].locate())))
        archive.writestr(zipfile.ZipInfo(record, _EPOCH), _record(package, files, record))
    return open_wheel(path)


def _belongs(file: PackagePath) -> bool:
    return (
        file.parts[0].startswith("hookline")
        and file.suffix != ".pyc"
        and not (file.parts[0].endswith(".dist-info") and file.name in _BY_INSTALLER)
    )


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # pip keeps no other right of a file than this one.
    entry.external_attr = (0o100755 if path.stat().st_mode & 0o100 else 0o100644) << 16
    archive.writestr(entry, path.read_bytes())


def _record(package: Distribution, files: dict[str, PackagePath], record: str) -> str:
    lines = (line for line in (package.read_text("RECORD") or "").splitlines() if line.split(",")[0] in files)
    return "\n".join([*lines, f"{record},,"]) + "\n"


if __name__ == "__main__":  # make wheel
    (folder,) = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{own_wheel(folder).path}\n")
