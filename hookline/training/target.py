"""What the model is to answer: held against the task before anything expensive starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.errors import TrainingError
from hookline.words import counted

__all__ = ["check_classes", "positions", "too_many"]

MOST_CLASSES = 1000


def check_classes(label: str, target: Any) -> None:
    """Refuse a target that leaves nothing to tell apart, or far too much."""
    values = np.asarray(target)
    if values.ndim == 2 and values.shape[1] > 1:
        raise TrainingError(
            f"target {label!r} has {values.shape[1]} columns; one model answers one target: keep one"
        )
    distinct = pd.unique(values.ravel())
    if len(distinct) == 1:
        raise TrainingError(
            f"target {label!r} is {str(distinct[0])!r} in all {counted(len(values), 'row')}; a classifier "
            "needs two classes at least: look at the rows DataLoader.load_data picks"
        )
    numeric = values.dtype.kind in "iuf"
    broken = values.dtype.kind == "f" and bool((values % 1 != 0).any())
    if too_many(len(distinct), len(values)) or broken:
        hint = (
            "did you mean `task: regression`?"
            if numeric
            else f"is {label!r} the right `target_label`? If so, group rare classes in DataLoader.load_data"
        )
        kind = " with decimals" if broken else ""
        raise TrainingError(
            f"target {label!r} has {len(distinct):,} distinct values{kind} in {counted(len(values), 'row')}, "
            f"too many for a classification; {hint}"
        )


def too_many(classes: int, rows: int) -> bool:
    """Tell whether these cannot be classes: thousands, or hardly two rows of each."""
    return classes > MOST_CLASSES or classes > max(20, rows / 2)


def positions(label: str, y: Any, classes: Any | None) -> NDArray[np.int64]:
    """Say where in the model's classes each row's true class stands."""
    values = np.ravel(np.asarray(y))
    if classes is None:  # then the model's answers are positions themselves
        return values.astype(np.int64)
    found = pd.Index(np.asarray(classes)).get_indexer(pd.Index(values))
    if (found < 0).any():
        stranger = values[(found < 0).argmax()]
        raise TrainingError(
            f"the model does not know class {str(stranger)!r} of target {label!r}: no row it was trained on "
            "has it; give more rows of that class, or another training.seed"
        )
    return np.asarray(found, dtype=np.int64)
