"""What the model said to some rows, as the log has it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["Outcome", "outcomes"]

Outcome: TypeAlias = dict[str, Any]

_share = itemgetter(1)


def outcomes(
    prediction: Prediction, start: int, stop: int, *, classes: Sequence[str], best: int
) -> list[Outcome]:
    """Return the answers to rows `start` to `stop`; of the probabilities the `best` highest."""
    if prediction.labels is None:
        values = () if prediction.values is None else prediction.values[start:stop].tolist()
        return [{"value": value} for value in values]
    labels = prediction.labels[start:stop].tolist()
    if prediction.probabilities is None:
        return [{"class_name": classes[label]} for label in labels]
    return [
        {
            "class_name": classes[label],
            # Of equal shares the first class comes first, as it does when a model chooses.
            "probabilities": dict(sorted(zip(classes, row, strict=True), key=_share, reverse=True)[:best]),
        }
        for label, row in zip(labels, prediction.probabilities[start:stop].tolist(), strict=True)
    ]
