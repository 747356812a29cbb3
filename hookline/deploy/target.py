"""What is to be deployed: the values, and the image with the model that is in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hookline.config import load_with_origins
from hookline.config.load import CONFIG_FILE
from hookline.config.sections import Deployment, Jenkins, Section
from hookline.config.table import table
from hookline.deploy.live import image_of
from hookline.deploy.record import Record
from hookline.errors import DeployError, NoModelError
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.yamlfile import read_yaml

__all__ = ["Declared", "Target", "declared", "target"]

KindT = TypeVar("KindT", bound=Section)

_OVERRIDABLE = ("images", "deployment", "jenkins")
"""Sections that the environment may change for one deployment. Others are about whoever runs the command."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Hold what the values files say, the environment and the options over them."""

    name: str
    image: str
    service_port: int
    test_case: Path
    values: Mapping[str, Any]
    files: Sequence[Path]
    """Values files, as Helm gets them; later ones go over earlier ones."""
    overlay: Mapping[str, Any]
    """What goes over all files: the environment, and the tag."""


@dataclass(frozen=True, slots=True)
class Target:
    """Hold what a release is to become."""

    declared: Declared
    record: Record
    looked_into: bool
    """The image was here, and its labels said which model is in it."""


def declared(project: Project, files: Sequence[Path], *, tag: str | None) -> Declared:
    """Read what `project` is to be in the cluster."""
    every = [project.root / CONFIG_FILE, *files]
    overlay = _environment(project)
    if tag:
        overlay.setdefault("images", {})["production_image_tag"] = tag
    values: dict[str, Any] = {}
    for layer in (*(read_yaml(path).content for path in every), overlay):
        values = _over(values, layer)
    names = ", ".join(path.name for path in every)
    deployment = _section(Deployment, values.get("deployment"), names)
    jenkins = _section(Jenkins, values.get("jenkins"), names)
    return Declared(
        name=deployment.deployment_name,
        image=image_of(values),
        service_port=deployment.service_port,
        test_case=project.root / jenkins.prediction_test_case_path,
        values=values,
        files=every,
        overlay=overlay,
    )


def target(project: Project, declared: Declared, *, model: str | None) -> Target:
    """Find out which model is in the declared image."""
    labels = _labels(declared.image)
    return Target(declared, _record(project, declared.image, labels, model), labels is not None)


def _section(kind: type[KindT], given: Any, names: str) -> KindT:
    try:
        return kind(**(given or {}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join((kind.__name__.lower(), *map(str, first["loc"])))
        raise DeployError(f"{names}: `{where}`: {first['msg']}; mend it there") from error


def _environment(project: Project) -> dict[str, Any]:
    loaded, overlay = load_with_origins(project.root, os.environ), dict[str, Any]()
    for (section, key), origin in loaded.origins.items():
        if section in _OVERRIDABLE and origin.startswith("environment") and not table()[section, key].secret:
            value = getattr(getattr(loaded.settings, section), key)
            overlay.setdefault(section, {})[key] = list(value) if isinstance(value, tuple) else value
    return overlay


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one tree of values over another, as Helm does."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _over(merged[key], value) if both else value
    return merged


def _record(project: Project, image: str, labels: Mapping[str, str] | None, model: str | None) -> Record:
    store = ModelStore(project.model_directory)
    inside = (labels or {}).get("hookline.model.version", "")
    if model and inside and model != inside:
        raise DeployError(f"{image} holds the model {inside}, not {model}; build the image of {model} first")
    try:
        manifest = store.manifest(store.resolve(inside or model))
    except NoModelError as error:
        if not inside:
            raise
        raise DeployError(
            f"{image} holds the model {inside}, which is not in {project.settings.models.directory}; "
            "bring it with `hookline models pull`, so that its contract can be compared"
        ) from error
    return Record.of(image, manifest, (labels or {}).get("org.opencontainers.image.revision", ""))


def _labels(image: str) -> Mapping[str, str] | None:
    """Return the labels of an image that is here; None if it is not, or there is no engine."""
    engine = shutil.which(os.environ.get("DOCKER") or "docker")
    if engine is None:
        return None
    words = [engine, "image", "inspect", "--format", "{{json .Config.Labels}}", image]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - the engine's client
    try:
        labels = json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError:
        return None
    return labels if isinstance(labels, dict) else None
