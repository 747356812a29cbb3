"""What the model said to some rows, as the log has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["Outcomes", "outcomes"]

Outcomes: TypeAlias = Callable[[int, dict[str, Any]], None]
"""Put what was said to a row beside its features."""

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
