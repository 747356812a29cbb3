"""The rules of `Feature.fault` for whole columns: bounds, choices, lengths, patterns."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from hookline.contract.cast import Mask
from hookline.contract.feature import Feature
from hookline.contract.regex import matcher

__all__ = ["broken_rules"]

_BOUNDS = (
    ("ge", operator.lt, np.fmin, "below"),
    ("gt", operator.le, np.fmin, "not above"),
    ("le", operator.gt, np.fmax, "above"),
    ("lt", operator.ge, np.fmax, "not below"),
)


def broken_rules(feature: Feature, series: pd.Series[Any]) -> Iterator[tuple[str, Mask]]:
    """Go through the rules that cells of a cast column may break, each with its rows; null breaks none."""
    if feature.type in ("float", "int"):
        yield from _out_of_range(feature, series)
    elif feature.type == "category" and feature.choices and feature.unknown == "reject":
        yield "not one of the choices", ~(series.isin(feature.choices) | series.isna()).to_numpy()
    elif feature.type == "string":
        yield from _wrong_text(feature, series)


def _out_of_range(feature: Feature, series: pd.Series[Any]) -> Iterator[tuple[str, Mask]]:
    values = series.to_numpy()
    if len(values) == 0:
        return
    # The extremes cost no memory; a mask is made only where it will hold something.
    extremes = {np.fmin: np.fmin.reduce(values), np.fmax: np.fmax.reduce(values)}
    if np.isinf(list(extremes.values())).any():
        yield "infinite", np.isinf(values)
        values = np.where(np.isinf(values), np.nan, values)
    for word, breaks, extreme, words in _BOUNDS:
        bound = getattr(feature, word)
        if bound is not None and breaks(extremes[extreme], bound):
            yield f"{words} {bound}", breaks(values, bound)


def _wrong_text(feature: Feature, series: pd.Series[Any]) -> Iterator[tuple[str, Mask]]:
    if feature.min_length is not None:
        yield f"shorter than {feature.min_length}", (series.str.len() < feature.min_length).to_numpy(np.bool_)
    if feature.max_length is not None:
        yield f"longer than {feature.max_length}", (series.str.len() > feature.max_length).to_numpy(np.bool_)
    if feature.pattern is not None:
        # The engine that requests meet, on the distinct values; pandas' own reads some patterns another way.
        codes, distinct = pd.factorize(series)
        matches = matcher(feature.pattern)
        misses = np.array([*(not matches(text) for text in distinct), False], dtype=np.bool_)
        yield f"does not match {feature.pattern}", misses[codes]
