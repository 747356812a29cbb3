"""Predictions → the bytes callers get. Class names are encoded once, numbers by the fastest exact writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray
from pydantic_core import to_json

from hookline.types import Prediction

__all__ = ["PREDICTION_PATHS", "ClassNames", "Encoder", "Probabilities", "Values"]

PREDICTION_PATHS = ("/api/predictions", "/api/proba_predictions")


class Encoder(Protocol):
    """Write the answer to rows `start` to `stop` of a prediction."""

    def __call__(self, ids: Sequence[str], prediction: Prediction, start: int, stop: int) -> bytes:
        """Return the JSON list."""


class ClassNames:
    """Answer with the name of the class."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._tails = [f'","class_name":{to_json(name).decode()}}}' for name in classes]

    def __call__(self, ids: Sequence[str], prediction: Prediction, start: int, stop: int) -> bytes:
        """Return the JSON list."""
        tails = self._tails
        labels = _part(prediction.labels, start, stop)
        rows = [f'{{"prediction_id":"{row}{tails[label]}' for row, label in zip(ids, labels, strict=True)]
        return f"[{','.join(rows)}]".encode()


class Probabilities:
    """Answer with every class and its probability."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._middle = f'","class_names":{to_json(list(classes)).decode()},"probabilities":'.encode()

    def __call__(self, ids: Sequence[str], prediction: Prediction, start: int, stop: int) -> bytes:
        """Return the JSON list."""
        shares = _part(prediction.probabilities, start, stop)
        rows = [
            b'{"prediction_id":"%b%b%b}' % (row.encode(), self._middle, to_json(share))
            for row, share in zip(ids, shares, strict=True)
        ]
        return b"[%b]" % b",".join(rows)


class Values:
    """Answer with a number; null where the model gave none."""

    def __call__(self, ids: Sequence[str], prediction: Prediction, start: int, stop: int) -> bytes:
        """Return the JSON list."""
        values = _part(prediction.values, start, stop)
        rows = [
            b'{"prediction_id":"%b","value":%b}' % (row.encode(), to_json(value))
            for row, value in zip(ids, values, strict=True)
        ]
        return b"[%b]" % b",".join(rows)


def _part(answers: NDArray[Any] | None, start: int, stop: int) -> list[Any]:
    if answers is None:
        raise ValueError("the model gives no such answer")
    part: list[Any] = answers[start:stop].tolist()
    return part
