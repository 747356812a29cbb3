"""What the model said to some rows, as the log has it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hookline.predlog.sheet import Columns

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["outcome", "outcome_columns"]

_share = itemgetter(1)


def outcome(prediction: Prediction, parts: dict[str, Any], *, classes: Sequence[str], best: int) -> None:
    """Put what was said to the first row among the parts of its record; of the shares the `best` highest."""
    if prediction.labels is None:
        if prediction.values is not None:
            parts["value"] = prediction.values.item(0)
        return
    parts["class_name"] = classes[prediction.labels.item(0)]
    if prediction.probabilities is not None:
        # Of equal shares the first class comes first, as it does when a model chooses.
        shares = zip(classes, prediction.probabilities[0].tolist())  # noqa: B905 - costs 0.3 µs
        parts["probabilities"] = dict(sorted(shares, key=_share, reverse=True)[:best])


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
