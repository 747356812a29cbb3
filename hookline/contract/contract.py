"""The request contract: what the model is asked with, and what it answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from hookline.contract.feature import Feature, Text
from hookline.types import Task
from hookline.words import shown

__all__ = ["Contract"]


class Contract(BaseModel):
    """Hold the declarations of features.yaml; frozen, in the file's order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    task: Task = Field(default="classification", description="classification or regression")
    target_label: Text = Field(description="the column to predict")
    input_features: tuple[Feature, ...] = Field(strict=False, description="the list of inputs, in order")

    def __iter__(self) -> Iterator[Feature]:  # type: ignore[override]
        """Go through the features in order."""
        return iter(self.input_features)

    def __getitem__(self, name: str) -> Feature:
        """Return the feature called `name`."""
        for feature in self.input_features:
            if feature.name == name:
                return feature
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """List the features' names in order."""
        return tuple(feature.name for feature in self.input_features)

    @property
    def fingerprint(self) -> str:
        """Identify the contract: equal for files that declare the same, however they are written."""
        plain = json.dumps(self.plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(plain.encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """Return the declarations as plain data: what differs from the defaults, types always."""
        return {
            "task": self.task,
            "target_label": self.target_label,
            "input_features": [_plain(feature) for feature in self],
        }

    @field_validator("target_label")
    @classmethod
    def _names_a_column(cls, label: str) -> str:
        if not label.strip() or label != label.strip() or not label.isprintable():
            raise _wrong(
                "target_label", f"`target_label` is {shown(label)}; name a column of the training data"
            )
        return label

    @field_validator("input_features")
    @classmethod
    def _are_distinct(cls, features: tuple[Feature, ...]) -> tuple[Feature, ...]:
        if not features:
            raise _wrong("input_features", "`input_features` is empty; list at least one feature")
        seen: set[str] = set()
        for position, name in enumerate(feature.name for feature in features):
            if name in seen:
                raise _wrong("input_features", f"feature {shown(name)} is declared twice; keep one", position)
            seen.add(name)
        return features

    @model_validator(mode="after")
    def _target_is_no_feature(self) -> Self:
        if self.target_label in self.names:
            words = "is also an input feature; remove it there, or the model is shown the answer"
            raise _wrong("target_label", f"`target_label` {shown(self.target_label)} {words}")
        return self


def _plain(feature: Feature) -> dict[str, Any]:
    given = feature.model_dump(mode="json", exclude_defaults=True)
    # A default or example of null says something; a default or example that is not there does not.
    said = {
        word: getattr(feature, word) for word in ("default", "example") if word in feature.model_fields_set
    }
    return {"name": feature.name, "type": feature.type} | given | said


def _wrong(word: str, words: str, *position: int) -> PydanticCustomError:
    """Say what is wrong, and at which place of the file."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "place": (word, *position)})
