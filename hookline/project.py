"""A project on disk: its folder, settings and contract, read together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.errors import ProjectError

if TYPE_CHECKING:
    from hookline.config import Settings
    from hookline.contract import Contract

__all__ = ["CONTRACT_FILE", "Project", "find_root", "open_project"]

# Settings, which bring pydantic, and contracts, which bring numpy, are imported when somebody asks for them:
# `hookline serve` only asks where the project is.

CONTRACT_FILE = Path("source/model/features.yaml")


@dataclass(frozen=True)
class Project:
    """Hold what a project declares. The contract is read when first asked for."""

    root: Path
    settings: Settings

    @cached_property
    def contract(self) -> Contract:
        """Return what features.yaml declares."""
        from hookline.contract import parse_contract  # noqa: PLC0415 - as said above

        return parse_contract(self.root / CONTRACT_FILE, name=str(CONTRACT_FILE))

    @property
    def model_directory(self) -> Path:
        """Return the folder of the model store."""
        return self.root / self.settings.models.directory


def find_root(folder: Path) -> Path:
    """Return the project's folder as a whole path: it is one if it has a `source` folder."""
    root = folder.resolve()
    if not os.path.isdir(root / "source"):  # noqa: PTH112 - Path's own raises where nobody may look
        raise ProjectError(
            f"{root.absolute()} is not a hookline project: it has no folder `source`; "
            "change into one, or name it with --project"
        )
    return root


def open_project(folder: Path, environ: Mapping[str, str] | None = None) -> Project:
    """Open the project in `folder`, with its settings."""
    from hookline.config import load_settings  # noqa: PLC0415 - as said above

    root = find_root(folder)
    return Project(root=root, settings=load_settings(root, os.environ if environ is None else environ))
