"""What the model said to some rows, as the log has it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hookline.predlog.record import Outcomes
from hookline.predlog.sheet import Columns

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


def outcome_columns(
    prediction: Prediction, start: int, stop: int, *, classes: Sequence[str], best: int
) -> tuple[Sequence[str], Columns]:
    """Return what was said to rows `start` to `stop` as columns of a sheet, and the classes of its labels."""
    if prediction.labels is None:
        return (), {"values": [] if prediction.values is None else prediction.values[start:stop].tolist()}
    labels, order = prediction.labels[start:stop], None
    columns: Columns = {"labels": labels.tolist()}
    if max(columns["labels"]) >= len(classes):
        raise IndexError(f"a label is {max(columns['labels'])}, and there are {len(classes)} classes")
    if prediction.probabilities is not None:
        shares = prediction.probabilities[start:stop]
        if best >= shares.shape[1]:
            return classes, columns | {"shares": shares.tolist()}
        # Stable, and of the negated: of equal shares the first class comes first here too.
        order = np.argsort(-shares, axis=1, kind="stable")[:, :best]
        columns["shares"] = np.take_along_axis(shares, order, axis=1).tolist()
        columns["order"] = order.tolist()
    if len(classes) <= len(labels):
        return classes, columns
    told, renumbered = _renumbered(labels, order)
    return [classes[place] for place in told], columns | renumbered


def _renumbered(labels: NDArray[np.int64], order: NDArray[np.int64] | None) -> tuple[list[int], Columns]:
    """Return the classes that are told of, few of thousands, and columns with places among these."""
    told, places = np.unique(
        np.column_stack([labels] if order is None else [labels, order]), return_inverse=True
    )
    places = places.reshape(len(labels), -1)
    columns: Columns = {"labels": places[:, 0].tolist()}
    if order is not None:
        columns["order"] = places[:, 1:].tolist()
    return told.tolist(), columns
