"""Scores of a classifier. Classes are positions; probabilities stand rows by classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hookline.training.metric import Scores

__all__ = ["Reliability", "classification_scores", "confusion_matrix", "per_class", "reliability"]

Floats: TypeAlias = NDArray[np.float64]
Positions: TypeAlias = NDArray[np.int64]

BINS = 10
_TINY = float(np.finfo(np.float64).eps)


def classification_scores(
    truth: Positions, labels: Positions, probabilities: Floats | None, classes: int
) -> Scores:
    """Score answers to rows whose true classes are `truth`."""
    matrix = confusion_matrix(truth, labels, classes)
    recall, _, f1, support = per_class(matrix)
    present = support > 0
    # A class that is neither there nor predicted has no F1 to average.
    seen = present | (matrix.sum(axis=0) > 0)
    rows = support.sum()
    return {
        "accuracy": float(np.trace(matrix) / rows),
        "balanced_accuracy": float(recall[present].mean()),
        "f1_macro": float(f1[seen].mean()),
        "f1_weighted": float((f1 * support).sum() / rows),
        **_probability_scores(truth, probabilities, classes),
    }


def confusion_matrix(truth: Positions, labels: Positions, classes: int) -> NDArray[np.int64]:
    """Count rows by true class (down) and predicted class (across)."""
    flat = np.bincount(truth * classes + labels, minlength=classes * classes)
    return flat.reshape(classes, classes).astype(np.int64)


def per_class(matrix: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Return recall, precision, F1 and the number of rows of each class."""
    hits = np.diag(matrix).astype(np.float64)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    return (
        _ratio(hits, actual),
        _ratio(hits, predicted),
        _ratio(2 * hits, actual + predicted),
        actual,
    )


@dataclass(frozen=True, slots=True)
class Reliability:
    """Hold, for each bin of confidence, how sure the model was and how often it was right."""

    confidence: Floats
    accuracy: Floats
    rows: NDArray[np.int64]

    @property
    def error(self) -> float:
        """Return the expected calibration error: the mean gap, weighted by rows."""
        return float((np.abs(self.confidence - self.accuracy) * self.rows).sum() / self.rows.sum())


def reliability(truth: Positions, probabilities: Floats) -> Reliability:
    """Hold the probability of the most likely class against how often that class is the true one."""
    best = probabilities.argmax(axis=1)
    sure = np.take_along_axis(probabilities, best[:, None], axis=1)[:, 0]
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(bins, minlength=BINS)
    used = rows > 0
    confidence = np.bincount(bins, weights=sure, minlength=BINS)[used] / rows[used]
    accuracy = np.bincount(bins, weights=best == truth, minlength=BINS)[used] / rows[used]
    return Reliability(confidence, accuracy, rows[used])


def _probability_scores(truth: Positions, probabilities: Floats | None, classes: int) -> Scores:
    if probabilities is None:
        return {"roc_auc": None, "log_loss": None, "brier": None, "ece": None}
    of_truth = np.take_along_axis(probabilities, truth[:, None], axis=1)[:, 0]
    # Σ (p - actual)² per row is Σ p² - 2 p(truth) + 1; no matrix of the truth is needed.
    brier = np.einsum("ij,ij->i", probabilities, probabilities) - 2 * of_truth + 1
    return {
        "roc_auc": _roc_auc(truth, probabilities, classes),
        "log_loss": float(-np.log(np.clip(of_truth, _TINY, 1)).mean()),
        "brier": float(brier.mean() / (2 if classes == 2 else 1)),
        "ece": reliability(truth, probabilities).error,
    }


def _roc_auc(truth: Positions, probabilities: Floats, classes: int) -> float | None:
    """Return the mean over the classes of one against the rest (for two classes: of the second)."""
    areas = [
        roc_auc_score(truth == position, probabilities[:, position])
        for position in ([1] if classes == 2 else range(classes))
        if 0 < np.count_nonzero(truth == position) < len(truth)
    ]
    return float(np.mean(areas)) if areas else None


def _ratio(above: Floats, below: NDArray[np.int64]) -> Floats:
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
