"""Which objects of Kubernetes would be added, changed or removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

__all__ = ["compare_manifests"]


def compare_manifests(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Compare two manifests as Helm writes them, object by object."""
    old, new = dict(_objects(before)), dict(_objects(after))
    added = [("add", name) for name in new if name not in old]
    changed = [("change", name) for name in new if name in old and old[name] != new[name]]
    return (*added, *changed, *(("remove", name) for name in old if name not in new))


def _objects(manifest: str) -> Iterator[tuple[str, Any]]:
    for found in yaml.load_all(manifest, Loader=yaml.CSafeLoader):
        if isinstance(found, dict):
            yield f"{found.get('kind')}/{(found.get('metadata') or {}).get('name')}", found
