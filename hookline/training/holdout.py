"""Hold rows out for the metrics: seeded, and by class where possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from hookline.errors import TrainingError
from hookline.training.target import too_many
from hookline.training.words import listed
from hookline.types import Task
from hookline.words import counted

__all__ = ["Holdout", "hold_out"]


@dataclass(frozen=True, slots=True)
class Holdout:
    """Hold the positions of the rows to train on and of those to measure with."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    stratified: bool
    remark: str | None = None


def hold_out(y: Any, task: Task, *, test_size: float, seed: int) -> Holdout:
    """Split rows by chance, the same way for the same seed."""
    rows = np.arange(len(y))
    codes, classes = pd.factorize(np.asarray(y)) if task == "classification" else (rows, rows)
    if task == "regression" or too_many(len(classes), len(rows)):  # process_y may make classes of numbers
        train, test = _split(rows, None, test_size, seed)
        return Holdout(train, test, stratified=False)
    counts = np.bincount(codes)
    if _fits_by_class(counts, test_size):
        # The only row of a class cannot be on both sides; it is worth more in training.
        alone = counts[codes] == 1
        train, test = _split(rows[~alone], codes[~alone], test_size, seed)
        train = np.concatenate([train, rows[alone]])
        return Holdout(train, test, stratified=True, remark=_remark(classes[counts == 1]))
    _, first = np.unique(codes, return_index=True)  # every class must be known to the model
    train, test = _split(np.setdiff1d(rows, first), None, test_size, seed)
    remark = f"the holdout is not stratified: {counted(len(rows), 'row')} are few for {len(classes)} classes"
    return Holdout(np.concatenate([train, first]), test, stratified=False, remark=remark)


def _fits_by_class(counts: NDArray[np.int64], test_size: float) -> bool:
    shared = counts[counts > 1]
    held_out = np.ceil(shared.sum() * test_size)
    return bool(len(shared) and len(shared) <= held_out and len(shared) <= shared.sum() - held_out)


def _split(
    rows: NDArray[np.int64], classes: NDArray[np.int64] | None, test_size: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(rows) < 2 or np.ceil(len(rows) * test_size) >= len(rows):
        raise TrainingError(
            "there are too few rows to hold any out for the metrics "
            f"(training.test_size is {test_size:g}); give more, and at least two of each class"
        )
    train, test = train_test_split(rows, test_size=test_size, random_state=seed, stratify=classes)
    return train, test


def _remark(alone: NDArray[Any]) -> str | None:
    if len(alone) == 0:
        return None
    if len(alone) == 1:
        return f"class {str(alone[0])!r} has one row: the model is trained on it, but no metric covers it"
    return (
        f"classes {listed(alone)} have one row each: the model is trained on them, but no metric covers them"
    )
