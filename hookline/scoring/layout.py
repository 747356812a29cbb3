"""What the output holds: columns carried over from the input, then the model's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hookline.errors import DataError, ModelError
from hookline.scoring.numbers import Mask
from hookline.types import Prediction, Task

__all__ = ["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Know the columns of the output. A row without an answer has nulls in those of the answer."""

    task: Task
    classes: tuple[str, ...]
    proba: bool = False
    carried: pa.Schema = field(default_factory=lambda: pa.schema([]))

    def __post_init__(self) -> None:
        """Refuse what cannot be: probabilities of a number, two columns of one name."""
        if self.proba and self.task == "regression":
            raise DataError("a regression has no probabilities; leave --proba out")
        both = [name for name in self.carried.names if name in self.answer.names]
        if both:
            raise DataError(
                f"the input has a column {both[0]!r}, which is also one of the answer; rename it, or leave "
                "--keep out"
            )

    @property
    def answer(self) -> pa.Schema:
        """Name the columns of the answer."""
        if self.task == "regression":
            return pa.schema([("value", pa.float64())])
        shares = [(f"probability_{name}", pa.float64()) for name in self.classes] if self.proba else []
        return pa.schema([("class_name", pa.string()), *shares])

    @property
    def schema(self) -> pa.Schema:
        """Name all columns."""
        return pa.schema([*self.carried, *self.answer])

    def arrange(self, table: pa.Table, prediction: Prediction, answered: Mask) -> pa.RecordBatch:
        """Put the predictions, which belong to the rows `answered`, beside what is carried over."""
        carried = [_whole(table[column.name], column) for column in self.carried]
        return pa.record_batch([*carried, *self._answers(prediction, answered)], schema=self.schema)

    def _answers(self, prediction: Prediction, answered: Mask) -> Sequence[pa.Array]:
        if self.task == "regression":
            return [_spread(prediction.values, answered)]
        names = pa.array(self.classes, pa.string()).take(
            _spread(prediction.labels, answered).cast(pa.int64())
        )
        if not self.proba:
            return [names]
        table = prediction.probabilities
        if table is None and answered.any():
            raise ModelError("the model gives no probabilities; leave --proba out")
        columns = [None] * len(self.classes) if table is None else list(table.T)
        return [names, *(_spread(column, answered) for column in columns)]


def _spread(values: NDArray[np.generic] | None, answered: Mask) -> pa.Array:
    """Give every row its value; null where there is none."""
    if values is None:
        return pa.nulls(len(answered), pa.float64())
    if answered.all():
        return pa.array(values)
    spread = np.zeros(len(answered), dtype=values.dtype)
    spread[answered] = values
    return pa.array(spread, mask=~answered)


def _whole(given: pa.ChunkedArray, wanted: pa.Field) -> pa.Array:
    try:
        return given.cast(wanted.type).combine_chunks()
    except pa.ArrowException as error:
        raise DataError(
            f"the column {wanted.name!r} is {wanted.type} in the first file and {given.type} in another, "
            f"which does not fit ({error}); write it alike in all of them, or carry other columns over"
        ) from error
