"""Which rows may be predicted by one call without changing a bit of an answer.

Adding up in another order rounds another way, and libraries choose the order by the number of rows: a row's
answer may depend on how many others are asked with it. So a model is tried out before it serves:

- `Free`: its answers never depend on it, as with trees. Any rows go together.
- `Blocks`: they depend on the number of rows alone. Every call is filled up to the same number.
- `Apart`: anything else. Every request is a call of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hookline.contract.columns import row_count, take
from hookline.errors import UnanswerableError
from hookline.service.intake import Input, count, pick
from hookline.service.jobs import Job
from hookline.types import Columns, Prediction, Predictor

__all__ = ["Apart", "Blocks", "Free", "Grouping", "find_grouping"]

_BLOCK = 32
_ROWS = 16
_SIZES = (2, 3, 5, 7, 13, 32, 64, 257)
_SHIFTS = (0, 1, 5, 11, 16, 27)


class Predicting(Protocol):
    """Answer rows in whatever shape it takes them."""

    def predict(self, given: Any, /) -> Prediction:
        """Answer every row."""


class Grouping(Protocol):
    """Bring jobs together, and predict what was brought together."""

    def batches(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Cut jobs into those that one call may answer, in their order."""

    def predict(self, predictor: Predicting, given: Input) -> Prediction:
        """Predict a batch; answers beyond its rows mean nothing."""


class Free:
    """All jobs go together."""

    def batches(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Return them as one batch."""
        return (jobs,)

    def predict(self, predictor: Predicting, given: Input) -> Prediction:
        """Predict as they are."""
        return predictor.predict(given)


class Apart(Free):
    """No job goes with another."""

    def batches(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Return each by itself."""
        return [[job] for job in jobs]


class Blocks:
    """Jobs go together up to a number of rows, which every call has. A larger job goes by itself."""

    def __init__(self, rows: int = _BLOCK) -> None:
        self._rows = rows
        self._filled = [np.minimum(np.arange(rows), max(0, given - 1)) for given in range(rows + 1)]

    def batches(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Fill one block after the other."""
        batches: list[list[Job]] = []
        room = 0
        for job in jobs:
            rows = len(job.rows)
            if rows > room:
                batches.append([])
                room = self._rows
            batches[-1].append(job)
            room -= rows
        return batches

    def predict(self, predictor: Predicting, given: Input) -> Prediction:
        """Predict with the last row repeated until the block is full."""
        rows = count(given)
        if rows > self._rows:
            return predictor.predict(given)
        try:
            return predictor.predict(pick(given, self._filled[rows]))
        except UnanswerableError as error:
            raise UnanswerableError(str(error), tuple(row for row in error.rows if row < rows)) from error


def find_grouping(predictor: Predictor, columns: Columns) -> Grouping:
    """Try out the model on rows that it can answer."""
    if _same(predictor, columns, _singles_and_groups(row_count(columns))):
        return Free()
    if _same(predictor, columns, _shifted_blocks(row_count(columns))):
        return Blocks()
    return Apart()


def _singles_and_groups(rows: int) -> Iterator[NDArray[np.int64]]:
    yield from (np.array([row]) for row in range(min(rows, _ROWS)))
    yield from (np.arange(size, 2 * size) % rows for size in _SIZES)


def _shifted_blocks(rows: int) -> Iterator[NDArray[np.int64]]:
    """Give each row several places in a block, and several neighbours."""
    places = np.arange(_BLOCK)
    for shift in _SHIFTS:
        yield (places + shift) % rows
        yield np.minimum(places, shift) % rows
        yield (places * 7 + shift) % rows


def _same(predictor: Predictor, columns: Columns, samples: Iterator[NDArray[np.int64]]) -> bool:
    """Tell whether every row has the same answer, to the bit, in every sample it is in."""
    seen: dict[int, bytes] = {}
    for sample in samples:
        prediction = predictor.predict(take(columns, sample))
        for place, row in enumerate(sample.tolist()):
            answer = _bits(prediction, place)
            if seen.setdefault(row, answer) != answer:
                return False
    return True


def _bits(prediction: Prediction, row: int) -> bytes:
    answers = (prediction.labels, prediction.probabilities, prediction.values)
    return b"".join(answer[row].tobytes() for answer in answers if answer is not None)
