"""Hold the installed libraries against those a version was made with."""

from __future__ import annotations

import logging
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from hookline.errors import ModelError
from hookline.models.manifest import Manifest
from hookline.types import PredictorKind

__all__ = ["check_libraries", "installed_libraries"]

_RECORDED = (
    *("hookline", "numpy", "onnxruntime", "pandas", "scipy", "scikit-learn"),
    *("skops", "joblib", "skl2onnx", "onnx"),
)
_MATTER: dict[PredictorKind, tuple[str, ...]] = {
    "compiled": ("numpy", "onnxruntime"),
    "native": ("numpy", "pandas", "scipy", "scikit-learn", "skops"),
}
_log = logging.getLogger("hookline.models")


def installed_libraries() -> dict[str, str]:
    """List the versions of the libraries that a model may depend on."""
    found = {name: _installed(name) for name in _RECORDED}
    return {name: number for name, number in found.items() if number is not None}


def check_libraries(manifest: Manifest, kind: PredictorKind, rule: Literal["exact", "minor", "warn"]) -> None:
    """Refuse, or warn, when a library is too far from the one the version was made with."""
    differences = _differences(manifest, kind, exact=rule == "exact")
    if not differences:
        return
    sentence = (
        f"{manifest.version} was trained with {', '.join(made for made, _ in differences)}; "
        f"installed: {', '.join(here for _, here in differences)}"
    )
    if rule == "warn":
        _log.warning("%s; predictions may differ", sentence)
        return
    raise ModelError(
        f"{sentence}: install those versions, train again with these, or set models.library_versions to warn"
    )


def _differences(manifest: Manifest, kind: PredictorKind, *, exact: bool) -> list[tuple[str, str]]:
    pairs = [(name, manifest.libraries.get(name), _installed(name)) for name in _MATTER[kind]]
    if kind == "native":
        pairs.insert(0, ("Python", manifest.python, platform.python_version()))
    return [
        (f"{name} {made}", f"{name} {here}" if here else f"no {name}")
        for name, made, here in pairs
        if made is not None and not _same(made, here, exact=exact)
    ]


def _same(made: str, here: str | None, *, exact: bool) -> bool:
    if here is None or exact:
        return made == here
    return made.split(".")[:2] == here.split(".")[:2]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
