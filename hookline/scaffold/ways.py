"""The ways in, by name; what each needs is imported when it is gone."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import cast

from hookline.scaffold.yours import Yours

__all__ = ["blank", "example", "from_data", "from_project"]


def example(name: str) -> Yours:
    """Take a ready-made example."""
    return cast(Yours, import_module("hookline.scaffold.examples").example(name))


def blank(task: str, target: str) -> Yours:
    """Take empty hooks."""
    return cast(Yours, import_module("hookline.scaffold.blank").blank(task, target))


def from_data(file: Path, target: str, id_: str | None, task: str | None) -> Yours:
    """Draft hooks for a table."""
    return cast(Yours, import_module("hookline.scaffold.from_data").from_data(file, target, id_, task))


def from_project(folder: Path) -> Yours:
    """Carry over the hooks of an older project."""
    return cast(Yours, import_module("hookline.scaffold.from_project").from_project(folder))
