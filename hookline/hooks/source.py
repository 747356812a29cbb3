"""Make one project's `source` importable, and import from it."""

from __future__ import annotations

import contextlib
import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from hookline.errors import HookError
from hookline.hooks.call import in_words, remedy_for
from hookline.hooks.fault import Fault
from hookline.hooks.place import opened_root, place_of_error
from hookline.hooks.surface import file_of

__all__ = ["forget_source", "import_source", "open_source"]

_placed: list[str] = []
"""What this module put on sys.path: nothing else may be taken off again."""


def open_source(root: Path) -> None:
    """Make `source` mean the folder of this project, in this process and in those it starts.

    The root goes to the front of sys.path because worker processes of joblib and Dask, which are handed
    sys.path, and the loader of model files import `source.model.train` by name. Modules of another
    project's `source` are forgotten: tests and tools open several projects in one process.
    """
    root = root.resolve()
    if opened_root() == root and str(root) in sys.path:
        return
    forget_source()
    while _placed:
        with contextlib.suppress(ValueError):
            sys.path.remove(_placed.pop())
    sys.path.insert(0, str(root))
    _placed.append(str(root))
    importlib.invalidate_caches()
    _import_package(root / "source")


def forget_source() -> None:
    """Forget what was imported from `source`; the next import reads the files anew."""
    for name in [name for name in sys.modules if name == "source" or name.startswith("source.")]:
        del sys.modules[name]


def import_source(root: Path, module: str) -> ModuleType:
    """Import a module of the project, or say what stops it."""
    path = root / file_of(module)
    if not path.is_file():
        raise HookError(
            Fault(
                hook=module,
                where=file_of(module),
                expected="a file",
                came="no file" if not path.exists() else "a folder",
                remedy="write it; docs/hooks.md has a short starter",
            )
        )
    try:
        # Standard output belongs to the command (`--json`), not to prints of the user's modules.
        with contextlib.redirect_stdout(sys.stderr):
            open_source(root)
            return importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise HookError(_fault(module, error, root.resolve())) from error


def _import_package(folder: Path) -> None:
    # Not left to the path finder: it would prefer any regular package of this name further down sys.path
    # to a folder without __init__.py, which is how most projects have it.
    init = folder / "__init__.py"
    if init.is_file():
        spec = spec_from_file_location("source", init, submodule_search_locations=[str(folder)])
    else:
        spec = ModuleSpec("source", None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    assert spec is not None  # noqa: S101 - a .py file always has a spec; this is for the type checker
    package = module_from_spec(spec)
    sys.modules["source"] = package
    if init.is_file() and spec.loader is not None:
        try:
            spec.loader.exec_module(package)
        except BaseException:
            sys.modules.pop("source", None)
            raise


def _fault(module: str, error: BaseException, root: Path) -> Fault:
    where = place_of_error(error, root) or file_of(module)
    remedy = remedy_for(error)
    if isinstance(error, SyntaxError):
        remedy = "mend this line; Python cannot read the file"
    elif isinstance(error, SystemExit):
        remedy = 'put what runs the program under `if __name__ == "__main__":`'
    return Fault(
        hook=module,
        where=where,
        expected="a module that can be imported",
        came=in_words(error),
        remedy=remedy,
    )
