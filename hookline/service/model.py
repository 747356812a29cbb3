"""A model in service: predictor, contract, and what was found out about it before it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookline.contract import Contract
from hookline.models.loading import LoadedModel
from hookline.models.manifest import GRAPH, Manifest
from hookline.service.answers import PREDICTION_PATHS, ClassNames, Encoder, Probabilities, Values
from hookline.service.grouping import Grouping, find_grouping
from hookline.service.native import ServedNative
from hookline.types import Predictor, PredictorKind, Task

__all__ = ["ServedModel", "served_file"]


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Hold what every answer must name: which model gave it."""

    model_id: str
    version: str
    created: str
    task: Task
    classes: tuple[str, ...]
    contract: Contract
    predictor: Predictor
    probabilities: bool
    grouping: Grouping
    manifest: Manifest | None = None

    @classmethod
    def of(cls, loaded: LoadedModel) -> ServedModel:
        """Take a model that was loaded from the store, and try it out on its golden rows."""
        manifest, predictor = loaded.manifest, loaded.predictor
        if predictor.kind == "native":
            predictor = ServedNative(predictor)
        return cls(
            model_id=str(manifest.model_id),
            version=manifest.version,
            created=str(manifest.created),
            task=manifest.task,
            classes=tuple(manifest.classes or ()),
            contract=loaded.contract,
            predictor=predictor,
            probabilities=loaded.golden.prediction.probabilities is not None,
            grouping=find_grouping(predictor, loaded.golden.columns),
            manifest=manifest,
        )

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of every answer of this model."""
        return [(b"x-model-id", self.model_id.encode()), (b"x-model-version", self.version.encode())]

    @property
    def labels(self) -> tuple[str, str, str]:
        """Return what metrics call the model."""
        return self.model_id, self.version, self.predictor.kind

    @property
    def encoders(self) -> dict[str, Encoder]:
        """Return the prediction paths that this model serves, and how each writes its answers."""
        one, all_of_them = PREDICTION_PATHS
        if self.task == "regression":
            return {one: Values()}
        found: dict[str, Encoder] = {one: ClassNames(self.classes)}
        return found | ({all_of_them: Probabilities(self.classes)} if self.probabilities else {})

    def describe(self) -> dict[str, Any]:
        """Return what /info says of the model."""
        return {
            "model_id": self.model_id,
            "model_version": self.version,
            "model_created": self.created,
            "task": self.task,
            "classes": list(self.classes) or None,
            "features": [feature.name for feature in self.contract],
            "predictor": self.predictor.kind,
        }


def served_file(manifest: Manifest) -> tuple[PredictorKind, str]:
    """Name how a version is served, and the file that is loaded for it."""
    compiled = manifest.compiled
    if compiled.adopted and compiled.scope == "whole":
        return "compiled", compiled.file or GRAPH
    return "native", manifest.native.file
