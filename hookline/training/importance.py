"""How much worse the model gets when one feature is shuffled: permutation importance on raw features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.training.evaluate import Evaluation
from hookline.training.fit import Fitted
from hookline.types import Prediction

__all__ = ["Importance", "permutation_importance"]

ROWS = 1000
REPEATS = 3
CELLS = 2_000_000
"""How large a frame may get that holds several shuffles: 16 MB of numbers."""
_TINY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Importance:
    """Hold the loss that each feature saves the model from, strongest first."""

    measure: str
    features: tuple[tuple[str, float], ...]


def permutation_importance(fitted: Fitted, X: pd.DataFrame, evaluation: Evaluation, seed: int) -> Importance:
    """Shuffle each feature in turn on a sample of the holdout, many shuffles to a call of the model.

    One call of many rows costs a fraction of many calls: starting a forest's threads takes longer than
    answering the sample.
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(len(X))[:ROWS]
    sample, truth = X.iloc[rows], evaluation.truth[rows]
    as_is = _loss(truth, _rows(evaluation.prediction, rows))
    gains: list[tuple[str, float]] = []
    for names in _groups(list(X.columns), len(rows)):
        prediction = fitted.predict(_shuffled(sample, names, random))
        for place, name in enumerate(names):
            losses = [
                _loss(truth, _rows(prediction, slice(part * len(rows), (part + 1) * len(rows))))
                for part in range(place * REPEATS, (place + 1) * REPEATS)
            ]
            gains.append((name, float(np.mean(losses)) - as_is))
    return Importance(_measure(evaluation), tuple(sorted(gains, key=lambda gain: -gain[1])))


def _groups(names: list[str], rows: int) -> Iterator[list[str]]:
    size = max(1, CELLS // (REPEATS * rows * len(names)))
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _shuffled(sample: pd.DataFrame, names: list[str], random: np.random.Generator) -> pd.DataFrame:
    """Put copies of the sample under one another, each with one feature shuffled."""
    rows = len(sample)
    stacked = sample.iloc[np.tile(np.arange(rows), len(names) * REPEATS)].reset_index(drop=True)
    for place, name in enumerate(names):
        order = np.arange(len(stacked))
        for part in range(place * REPEATS, (place + 1) * REPEATS):
            random.shuffle(order[part * rows : (part + 1) * rows])
        stacked[name] = stacked[name].array[order]
    return stacked


def _measure(evaluation: Evaluation) -> str:
    if evaluation.task == "regression":
        return "RMSE"
    return "share of wrong answers" if evaluation.prediction.probabilities is None else "log loss"


def _loss(truth: NDArray[Any], prediction: Prediction) -> float:
    if prediction.values is not None:
        return float(np.sqrt(np.square(prediction.values - truth).mean()))
    if prediction.probabilities is None:
        return float(np.mean(prediction.labels != truth))
    of_truth = np.take_along_axis(prediction.probabilities, truth[:, None], axis=1)[:, 0]
    return float(-np.log(np.clip(of_truth, _TINY, 1)).mean())


def _rows(prediction: Prediction, rows: slice | NDArray[np.int64]) -> Prediction:
    def taken(answers: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if answers is None else answers[rows]

    return Prediction(taken(prediction.labels), taken(prediction.probabilities), taken(prediction.values))
