"""Scores of a regressor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hookline.training.metric import Scores

__all__ = ["regression_scores"]


def regression_scores(truth: NDArray[np.float64], values: NDArray[np.float64]) -> Scores:
    """Score answers to rows whose true values are `truth`."""
    miss = values - truth
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large for a double becomes None later
        spread = float(np.square(truth - truth.mean()).sum())
        squared = float(np.square(miss).sum())
    shares = np.abs(miss[truth != 0] / truth[truth != 0])  # a share of nothing does not exist
    return {
        "mae": float(np.abs(miss).mean()),
        "rmse": float(np.sqrt(squared / len(miss))),
        "r2": 1 - squared / spread if spread > 0 else None,
        "mape": float(shares.mean()) if len(shares) else None,
    }
