"""Fit the project's preprocessor and model to some rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.hooks import Hooks, fit_model, hook_call, process_X, process_y
from hookline.models.native import answer
from hookline.training.data import Sample
from hookline.training.target import check_classes
from hookline.types import Prediction, PreprocessorHook

__all__ = ["Fitted", "fit"]

CHUNK = 65_536
"""Rows at once: enough that starting a forest's threads does not count, few enough for any memory."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Hold a fitted preprocessor and model, and the target the model has seen."""

    hooks: Hooks = field(repr=False)
    preprocessor: PreprocessorHook
    estimator: Any
    y_processed: Any = field(repr=False)

    def predict(self, X: pd.DataFrame) -> Prediction:
        """Answer the rows of a frame."""
        processed = process_X(self.preprocessor, X.copy(deep=False))
        with hook_call("model.predict"):
            return answer(self.estimator, processed, self.hooks.contract.task)

    def predict_all(self, X: pd.DataFrame) -> Prediction:
        """Answer any number of rows, a part at a time so that memory stays flat."""
        parts = [self.predict(X.iloc[start : start + CHUNK]) for start in range(0, len(X), CHUNK)]
        return Prediction(
            labels=_joined([part.labels for part in parts]),
            probabilities=_joined([part.probabilities for part in parts]),
            values=_joined([part.values for part in parts]),
        )

    def process_y(self, y: Any) -> Any:
        """Turn a target into what the model answers."""
        return process_y(self.preprocessor, self.hooks.contract, y)


def fit(hooks: Hooks, sample: Sample) -> Fitted:
    """Fit a fresh preprocessor and a model to `sample`."""
    preprocessor = hooks.new_preprocessor()
    # The target first: what is wrong with it shows at once, the features may take minutes.
    target = _fit_target(hooks, preprocessor, sample)
    # Shallow copies: a hook that works in place must not change what the next one gets.
    with hook_call("Preprocessor.fit_X"):
        preprocessor.fit_X(sample.X.copy(deep=False))
    processed = process_X(preprocessor, sample.X.copy(deep=False))
    return Fitted(hooks, preprocessor, fit_model(hooks.train_model, processed, target), target)


def _joined(parts: list[NDArray[Any] | None]) -> NDArray[Any] | None:
    given = [part for part in parts if part is not None]
    return np.concatenate(given) if given else None


def _fit_target(hooks: Hooks, preprocessor: PreprocessorHook, sample: Sample) -> Any:
    with hook_call("Preprocessor.fit_y"):
        preprocessor.fit_y(sample.y)
    target = process_y(preprocessor, hooks.contract, sample.y)
    if hooks.contract.task == "classification":
        check_classes(hooks.contract.target_label, target)
    return target
