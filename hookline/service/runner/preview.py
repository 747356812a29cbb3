"""The plan before anything is started, read from the manifest: the model itself is not loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hookline.config import Settings, load_settings
from hookline.errors import NoModelError
from hookline.models.manifest import Manifest
from hookline.models.store import ModelStore
from hookline.service.model import served_file
from hookline.service.runner.limits import read_limits
from hookline.service.runner.plan import Plan, make_plan
from hookline.types import PredictorKind

__all__ = ["current_manifest", "plan_for", "preview"]


def preview(root: Path, environ: Mapping[str, str]) -> Plan:
    """Plan for the current model of the project in `root`."""
    settings = load_settings(root, environ)
    return plan_for(settings, current_manifest(settings, root))


def current_manifest(settings: Settings, root: Path) -> Manifest | None:
    """Return what the current version says about itself; None without one."""
    store = ModelStore(root / settings.models.directory)
    try:
        return store.manifest(store.resolve())
    except NoModelError:
        return None


def plan_for(settings: Settings, manifest: Manifest | None, *, apart: bool = False) -> Plan:
    """Plan workers and threads for a version, or for the wait for one."""
    kind: PredictorKind = "compiled"
    size = 0
    if manifest is not None:
        kind, file = served_file(manifest)
        size = manifest.files[file].size
    return make_plan(
        read_limits(),
        predictor=kind,
        model_bytes=size,
        workers=settings.service.workers,
        threads=settings.service.threads,
        apart=apart,
    )
