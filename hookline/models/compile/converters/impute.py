"""Filling and marking what is missing; the same for numbers and text, since a null is NaN in both."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.impute import MissingIndicator, SimpleImputer

from hookline.models.compile.converters.encode import code
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet, Slot
from hookline.models.compile.tensor import Tensor, where
from hookline.models.compile.translate import transform

__all__: list[str] = []


@transform.register(SimpleImputer)
def _(model: Any, sheet: Sheet) -> Sheet:
    filled = _fill(model, sheet)
    return filled + transform(model.indicator_, sheet) if model.add_indicator else filled


@transform.register(MissingIndicator)
def _(model: Any, sheet: Sheet) -> Sheet:
    places = list(model.features_)
    if not places:
        return Sheet(())
    return Sheet.of(_missing(model, sheet.pick(places)).double(), len(places))


def _fill(model: Any, sheet: Sheet) -> Sheet:
    known = [place for place, value in enumerate(model.statistics_) if not _is_null(value)]
    kept = sheet.pick(known)
    if not known:
        return kept
    values = [code(model.statistics_[place], slot) for place, slot in zip(known, kept, strict=True)]
    x = where(_missing(model, kept), np.array(values), kept.codes())
    return Sheet(tuple(Slot(x, i, len(kept), slot.kind, slot.name) for i, slot in enumerate(kept)))


def _missing(model: Any, sheet: Sheet) -> Tensor:
    x = sheet.codes()
    if _is_null(model.missing_values):
        return x.is_nan()
    if "text" in sheet.kinds:
        raise CannotCompileError(f"{type(model).__name__}(missing_values=...) has no converter for text")
    return x.equals(float(model.missing_values))


def _is_null(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN of any type, and pandas' NA is not used here
