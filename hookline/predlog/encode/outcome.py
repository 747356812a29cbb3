"""What the model said to some rows, as the log has it. Closures, for this is on the path of every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["Outcomes", "outcomes"]

Outcomes: TypeAlias = Callable[[int], dict[str, Any]]

_share = itemgetter(1)


def outcomes(prediction: Prediction, start: int, stop: int, *, classes: Sequence[str], best: int) -> Outcomes:
    """Return a function from n to the answer to row `start + n`; of the probabilities the `best` highest."""
    if prediction.labels is None:
        values = [] if prediction.values is None else prediction.values[start:stop].tolist()
        return lambda row: {"value": values[row]}
    labels = prediction.labels[start:stop].tolist()
    if prediction.probabilities is None:
        return lambda row: {"class_name": classes[labels[row]]}
    shares = prediction.probabilities[start:stop].tolist()

    def classified(row: int) -> dict[str, Any]:
        # Of equal shares the first class comes first, as it does when a model chooses.
        order = sorted(zip(classes, shares[row]), key=_share, reverse=True)  # noqa: B905 - costs 0.3 µs
        return {"class_name": classes[labels[row]], "probabilities": dict(order[:best])}

    return classified
