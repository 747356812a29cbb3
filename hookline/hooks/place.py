"""Where in `source/` something stands, as `file:line` seen from the project's root."""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from hookline.hooks.surface import DATA_LOADER, TRAIN, file_of, surface

__all__ = ["opened_root", "place_of_error", "place_of_hook", "place_of_object"]


def opened_root() -> Path | None:
    """Return the root of the project whose `source` is importable now."""
    package = sys.modules.get("source")
    paths = list(getattr(package, "__path__", ()))
    return Path(paths[0]).parent if paths else None


def place_of_error(error: BaseException, root: Path | None = None) -> str | None:
    """Name the innermost line of `source/` on the way to the error; `root` if nothing is opened yet."""
    root = root or opened_root()
    if isinstance(error, SyntaxError) and error.filename:
        own = _within(error.filename, root)
        if own:
            return f"{own}:{error.lineno or 1}"
    return _innermost(error.__traceback__, root)


def place_of_hook(name: str) -> str:
    """Name the line where a hook is defined, or its file if it is not."""
    owner = name.split(".", maxsplit=1)[0].removesuffix("()")
    known = surface(name)
    module = known.module if known else (DATA_LOADER if owner == "DataLoader" else TRAIN)
    target: Any = sys.modules.get(module)
    fallback = file_of(module)
    for part in name.removesuffix("()").split("."):
        target = getattr(target, part, None)
        if target is None:
            return fallback
        fallback = place_of_object(target) or fallback
    return fallback


def place_of_object(target: Any) -> str | None:
    """Name the line where a class or function of `source/` is defined."""
    while isinstance(target, functools.partial):
        target = target.func
    try:
        target = inspect.unwrap(target)
        filename = inspect.getsourcefile(target)
        _, line = inspect.getsourcelines(target)
    except (OSError, TypeError, ValueError):
        return None
    own = _within(filename or "", opened_root())
    return f"{own}:{max(line, 1)}" if own else None


def _innermost(trace: TracebackType | None, root: Path | None) -> str | None:
    place = None
    for frame, line in traceback.walk_tb(trace):
        own = _within(frame.f_code.co_filename, root)
        if own:
            place = f"{own}:{line}"
    return place


def _within(filename: str, root: Path | None) -> str | None:
    if root is None:
        return None
    try:
        own = Path(filename).resolve().relative_to(root)
    except ValueError:
        return None
    return own.as_posix() if own.parts[:1] == ("source",) else None
