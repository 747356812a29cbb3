"""Fill in four hooks and two YAML files; get a production prediction service."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hookline.errors import HooklineError

if TYPE_CHECKING:
    from hookline.hooks.base import DataLoader, Preprocessor

__all__ = ["DataLoader", "HooklineError", "Preprocessor", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the base classes when they are asked for: commands and the supervisor start without them."""
    if name in ("DataLoader", "Preprocessor"):
        return getattr(import_module("hookline.hooks.base"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
