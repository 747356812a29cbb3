"""The names of a model's classes, in the order of its probabilities."""

from __future__ import annotations

from typing import Any

from hookline.hooks import Hooks
from hookline.hooks import class_names as asked_names
from hookline.hooks.answers import refuse

__all__ = ["class_names"]


def class_names(hooks: Hooks, estimator: Any) -> tuple[str, ...]:
    """Return what `get_classes` says; without the hook, what the model itself calls its classes."""
    if hooks.get_classes is not None:
        return asked_names(hooks.get_classes, estimator)
    if getattr(estimator, "classes_", None) is None:
        refuse(
            "get_classes",
            "no hook, and a model without `classes_`",
            "write the hook; nothing else knows the names",
        )
    return asked_names(lambda model: list(model.classes_), estimator)
