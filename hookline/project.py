"""A project on disk: its folder, settings and contract, read together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hookline.config import Settings, load_settings
from hookline.contract import Contract, parse_contract
from hookline.errors import ProjectError

__all__ = ["CONTRACT_FILE", "Project", "open_project"]

CONTRACT_FILE = Path("source/model/features.yaml")


@dataclass(frozen=True)
class Project:
    """Hold what a project declares. The contract is read when first asked for."""

    root: Path
    settings: Settings

    @cached_property
    def contract(self) -> Contract:
        """Return what features.yaml declares."""
        return parse_contract(self.root / CONTRACT_FILE, name=str(CONTRACT_FILE))

    @property
    def model_directory(self) -> Path:
        """Return the folder of the model store."""
        return self.root / self.settings.models.directory


def open_project(root: Path, environ: Mapping[str, str] | None = None) -> Project:
    """Open the project in `root`: it is one if it has a `source` folder."""
    root = root.resolve()
    if not (root / "source").is_dir():
        raise ProjectError(
            f"{root} is not a hookline project: it has no folder `source`; "
            "change into one, or name it with --project"
        )
    return Project(root=root, settings=load_settings(root, os.environ if environ is None else environ))
