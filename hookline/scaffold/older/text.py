"""Read a file of an older project as text, or say that it is none."""

from __future__ import annotations

from pathlib import Path

from hookline.errors import ProjectError

__all__ = ["text_of"]


def text_of(root: Path, name: str) -> str:
    """Return the text of a file."""
    try:
        return (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{name} cannot be read as UTF-8 text: {error}; save it as such") from error
