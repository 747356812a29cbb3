"""The reference profile: what the training data and the model's answers looked like, for later comparison.

Plain data, written as profile.json into the version. A feature that the prediction log hashes or drops is
personal: of it only the type and the share of nulls are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.contract import Contract, Feature
from hookline.training.evaluate import Evaluation

__all__ = ["FORMAT", "profile"]

FORMAT = 1
QUANTILES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
BINS = 20
MOST_SHARES = 20


def profile(
    contract: Contract, X: pd.DataFrame, evaluation: Evaluation, classes: tuple[str, ...]
) -> dict[str, Any]:
    """Describe every feature over all rows, and the scores over the holdout, which the model had not seen."""
    return {
        "format": FORMAT,
        "rows": len(X),
        "features": {feature.name: _feature(feature, X[feature.name]) for feature in contract},
        "scores": _scores(evaluation, classes),
    }


def _feature(feature: Feature, column: pd.Series) -> dict[str, Any]:
    nulls = column.isna().to_numpy()
    known: dict[str, Any] = {"type": feature.type, "nulls": float(nulls.mean())}
    if feature.log != "raw":
        return known | {"hidden": f"log: {feature.log}"}
    present = column[~nulls] if nulls.any() else column
    if len(present) == 0:
        return known
    if feature.type in ("category", "bool"):
        return known | _shares(present, as_bool=feature.type == "bool")
    if feature.type == "string":
        # Free text may be about people; its length tells a drift as well.
        lengths = present.str.len()
        return known | {
            "distinct": int(present.nunique()),
            "length": _numbers(np.asarray(lengths, dtype=np.float64)),
        }
    if feature.type == "datetime":
        return known | _moments(present.to_numpy(dtype="datetime64[us]"))
    return known | _numbers(present.to_numpy(dtype=np.float64))


def _shares(column: pd.Series, *, as_bool: bool) -> dict[str, Any]:
    counts = (column.astype(bool) if as_bool else column).value_counts()
    shares = {
        str(value).lower() if as_bool else str(value): count / len(column) for value, count in counts.items()
    }
    top = dict(list(shares.items())[:MOST_SHARES])
    return {"distinct": len(shares), "shares": top, "other": max(0.0, 1 - sum(top.values()))}


def _numbers(values: NDArray[np.float64]) -> dict[str, Any]:
    # Sorted once, everything else is a look-up: ten times faster than quantile and histogram on their own.
    values = np.sort(values[np.isfinite(values)])
    if len(values) == 0:
        return {}
    with np.errstate(over="ignore", invalid="ignore"):  # the widest doubles have no mean
        mean, std = float(values.mean()), float(values.std())
    return {
        "min": float(values[0]),
        "max": float(values[-1]),
        "mean": mean if np.isfinite(mean) else None,
        "std": std if np.isfinite(std) else None,
        "quantiles": {
            f"{q:g}": value for q, value in zip(QUANTILES, _quantiles(values).tolist(), strict=True)
        },
        "histogram": _histogram(values),
    }


def _quantiles(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.array(QUANTILES) * (len(ordered) - 1)
    low = np.floor(places).astype(np.int64)
    high = np.minimum(low + 1, len(ordered) - 1)
    weight = places - low
    return np.asarray(ordered[low] * (1 - weight) + ordered[high] * weight)


def _histogram(ordered: NDArray[np.float64]) -> dict[str, Any]:
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(ordered[0], ordered[-1], BINS + 1)
    if not np.isfinite(edges).all() or edges[0] == edges[-1]:
        return {"edges": [float(ordered[0]), float(ordered[-1])], "counts": [len(ordered)]}
    inner = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(np.concatenate([[0], inner, [len(ordered)]]))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _moments(values: NDArray[np.datetime64]) -> dict[str, Any]:
    ordered = np.sort(values)
    places = (np.array(QUANTILES) * (len(ordered) - 1)).astype(np.int64)
    return {
        "min": f"{ordered[0]}Z",
        "max": f"{ordered[-1]}Z",
        "quantiles": {f"{q:g}": f"{moment}Z" for q, moment in zip(QUANTILES, ordered[places], strict=True)},
    }


def _scores(evaluation: Evaluation, classes: tuple[str, ...]) -> dict[str, Any]:
    prediction = evaluation.prediction
    known: dict[str, Any] = {"rows": len(prediction)}
    if prediction.values is not None:
        return known | {"values": _numbers(prediction.values)}
    assert prediction.labels is not None  # noqa: S101 - a classification has labels
    shares = np.bincount(prediction.labels, minlength=len(classes)) / len(prediction)
    known["classes"] = dict(zip(classes, shares.tolist(), strict=True))
    if prediction.probabilities is not None:
        known["confidence"] = _numbers(prediction.probabilities.max(axis=1))
    return known
