"""What the model said to some rows, as the log has it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from hookline.predlog.record import Outcomes

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["outcome_columns", "outcomes"]

_share = itemgetter(1)


def outcomes(prediction: Prediction, *, classes: Sequence[str], best: int) -> Outcomes:
    """Return a function that tells of the rows of a prediction; of the probabilities the `best` highest."""
    if prediction.labels is None:
        values = [] if prediction.values is None else prediction.values.tolist()

        def valued(row: int, parts: dict[str, Any]) -> None:
            parts["value"] = values[row]

        return valued
    labels = prediction.labels.tolist()
    shares = None if prediction.probabilities is None else prediction.probabilities.tolist()

    def classified(row: int, parts: dict[str, Any]) -> None:
        parts["class_name"] = classes[labels[row]]
        if shares is not None:
            # Of equal shares the first class comes first, as it does when a model chooses.
            order = sorted(zip(classes, shares[row]), key=_share, reverse=True)  # noqa: B905 - costs 0.3 µs
            parts["probabilities"] = dict(order[:best])

    return classified


def outcome_columns(prediction: Prediction, start: int, stop: int, *, best: int) -> dict[str, list[Any]]:
    """Return what was said to rows `start` to `stop` as columns of a sheet."""
    if prediction.labels is None:
        return {"values": [] if prediction.values is None else prediction.values[start:stop].tolist()}
    columns = {"labels": prediction.labels[start:stop].tolist()}
    if prediction.probabilities is not None:
        shares = prediction.probabilities[start:stop]
        if best < shares.shape[1]:
            # Stable, and of the negated: of equal shares the first class comes first here too.
            order = np.argsort(-shares, axis=1, kind="stable")[:, :best]
            shares = np.take_along_axis(shares, order, axis=1)
            columns["order"] = order.tolist()
        columns["shares"] = shares.tolist()
    return columns
