"""What process_X does, as far as a graph can do it too: pick columns, then at most one fitted transformer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.translate import transform

__all__ = ["Front", "as_matrix", "find_front"]


@dataclass(frozen=True, slots=True)
class Front:
    """Stand for process_X: the columns it takes, and the transformer it hands them to, if any."""

    places: tuple[int, ...]
    transformer: Any = None

    def write(self, sheet: Sheet) -> Sheet:
        """Write what process_X does."""
        taken = sheet.pick(self.places)
        return taken if self.transformer is None else transform(self.transformer, taken)


def find_front(preprocessor: Any, frame: pd.DataFrame) -> Front:
    """Find out what process_X does, by what it makes of `frame`; nothing is believed that was not seen."""
    processed = preprocessor.process_X(frame)
    taken = _taken(frame, processed)
    if taken is not None:
        return Front(taken)
    for transformer in _transformers(preprocessor):
        names = list(getattr(transformer, "feature_names_in_", frame.columns))
        if set(names) <= set(frame.columns) and _equal(_result(transformer, frame[names]), processed):
            return Front(_places(frame, names), transformer)
    raise CannotCompileError(
        "process_X does more than one fitted transformer does; "
        "if it can be one scikit-learn transformer, name that in the attribute `transformer`"
    )


def as_matrix(processed: Any) -> Any:
    """Make an array of what a preprocessor or transformer gave: a frame, a sparse matrix, an array."""
    return processed.toarray() if hasattr(processed, "toarray") else np.asarray(processed)


def _taken(frame: pd.DataFrame, processed: Any) -> tuple[int, ...] | None:
    """Tell which columns of `frame` are what process_X returned unchanged, if it did nothing else."""
    names = list(processed.columns) if isinstance(processed, pd.DataFrame) else list(frame.columns)
    if not set(names) <= set(frame.columns) or not _equal(frame[names], processed):
        return None
    return _places(frame, names)


def _places(frame: pd.DataFrame, names: list[Any]) -> tuple[int, ...]:
    order = list(frame.columns)
    return tuple(order.index(name) for name in names)


def _transformers(preprocessor: Any) -> Iterator[Any]:
    """List the fitted transformers that the preprocessor holds, the one called `transformer` first."""
    attributes = dict(vars(preprocessor)) if hasattr(preprocessor, "__dict__") else {}
    named = getattr(preprocessor, "transformer", None)
    for candidate in (named, *attributes.values()):
        if callable(getattr(candidate, "transform", None)):
            yield candidate


def _result(transformer: Any, frame: pd.DataFrame) -> Any:
    try:
        return transformer.transform(frame)
    except Exception:
        return None


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    left, right = as_matrix(one), as_matrix(other)
    if left.shape != right.shape or left.ndim != 2:
        return False
    same = (left == right) | (pd.isna(left) & pd.isna(right))
    return bool(np.all(same))
