"""The pages of the manual in groups that take about as long: a test file each, so that they run at once."""

from __future__ import annotations

from typing import Any

import pytest

__all__ = ["GROUPS", "pages_of"]

GROUPS: dict[str, tuple[str, ...]] = {
    "begin": ("docs/doctor.md", "docs/examples.md"),
    "files": (
        "docs/ansible.md",
        "docs/batch.md",
        "docs/client.md",
        "docs/contract.md",
        "docs/images.md",
        "docs/kubernetes.md",
    ),
    "first": ("README.md", "docs/commands.md", "docs/hooks.md", "docs/new.md"),
    "models": ("docs/models.md", "model_bin/README.md", "docs/benchmarks.md", "docs/compile.md"),
    "service": (
        "docs/api.md",
        "docs/configuration.md",
        "docs/operations.md",
        "docs/performance.md",
        "docs/running.md",
        "docs/security.md",
    ),
    "log": ("docs/prediction-log.md", "docs/efk.md", "docs/deploy.md", "docs/jenkins.md"),
    "training": ("docs/training.md",),
}

EVERYDAY = (
    "docs/ansible.md",
    "docs/benchmarks.md",
    "docs/compile.md",
    "docs/contract.md",
    "docs/deploy.md",
    "docs/images.md",
    "docs/jenkins.md",
    "docs/kubernetes.md",
    "model_bin/README.md",
)
"""The pages that are done every day: those that are soon done, and of each kind of block one that has it."""


def pages_of(group: str) -> list[Any]:
    """Return a group's pages, as a test takes them."""
    return [
        page if page in EVERYDAY else pytest.param(page, marks=pytest.mark.slow) for page in GROUPS[group]
    ]
