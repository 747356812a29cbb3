"""Write the dashboard and the rules of alert of this project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hookline.config import load_settings
from hookline.monitoring import rendered

__all__ = ["monitoring_files"]

_ROOT = Path(__file__).resolve().parent.parent


def monitoring_files() -> Mapping[str, str]:
    """Return the files by path."""
    return {f"monitoring/{name}": text for name, text in rendered(load_settings(_ROOT, {})).items()}
