"""The contract that callers meet: the served model's; before there is a model, the project's."""

from __future__ import annotations

from hookline.contract import Contract
from hookline.errors import NoModelError
from hookline.models.store import ModelStore
from hookline.project import Project

__all__ = ["served_contract"]


def served_contract(project: Project, version: str | None = None) -> Contract:
    """Return the contract of a model, the current one unless named; of features.yaml if there is none yet."""
    store = ModelStore(project.model_directory)
    if version is None and store.current() is None:
        return project.contract
    try:
        return store.manifest(store.resolve(version)).read_contract()
    except NoModelError:
        if version is not None:
            raise
        return project.contract
