"""Which files of `source/` the hooks need, found without running any of them."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hookline.errors import ProjectError
from hookline.scaffold.older.text import text_of

__all__ = ["HOOKS", "Modules", "needed_modules"]

HOOKS = ("source/data/data_loader.py", "source/model/train.py")


@dataclass
class Modules:
    """Hold the files that are needed, by their path in the project, and what they import besides."""

    texts: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Modules of `source` that are imported and not there."""
    foreign: set[str] = field(default_factory=set)
    """Packages that are imported and not installed here."""


def needed_modules(root: Path) -> Modules:
    """Follow the imports of the two hook files through `source/`."""
    found = Modules()
    waiting = list(HOOKS)
    for name in HOOKS:
        if not (root / name).is_file():
            raise ProjectError(
                f"{root} has no {name}; name the folder of a project with {' and '.join(HOOKS)}, "
                "or begin with --blank and move your code"
            )
    while waiting:
        name = waiting.pop()
        if name in found.texts:
            continue
        found.texts[name] = text_of(root, name)
        for module in _imports(found.texts[name], name):
            top = module.partition(".")[0]
            if top == "source":
                file = _file(root, module)
                if file is not None:
                    waiting.append(file)
                elif not (root / module.replace(".", "/")).is_dir():
                    found.absent.add(module)
            elif not _installed(top):
                found.foreign.add(top)
    return found


def _imports(text: str, name: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ProjectError(f"{name}:{line}: Python cannot read the file ({error}); mend this line") from error
    package = name.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            # `from source import helper` names a module, `from source.helper import load` does not.
            if base.partition(".")[0] == "source":
                yield from (f"{base}.{alias.name}" for alias in node.names if _is_module(base, alias.name))


def _is_module(base: str, name: str) -> bool:
    return base in ("source", "source.data", "source.model") and name.islower() and name != "*"


def _file(root: Path, module: str) -> str | None:
    name = module.replace(".", "/")
    for candidate in (f"{name}.py", f"{name}/__init__.py"):
        if (root / candidate).is_file():
            return candidate
    return None


def _installed(package: str) -> bool:
    if package in sys.stdlib_module_names:
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
