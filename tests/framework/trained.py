"""Train a project in the process of the tests, which has imported most of what a new one would have to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.hooks.source import forget_source
from hookline.project import open_project

if TYPE_CHECKING:
    from hookline.training import TrainResult

__all__ = ["train_here"]


def train_here(root: Path) -> TrainResult:
    """Train a project, and forget its hooks."""
    from hookline.training import train

    forget_source()
    try:
        return train(open_project(root, {}))
    finally:
        forget_source()
        sys.path[:] = [folder for folder in sys.path if folder != str(root)]
