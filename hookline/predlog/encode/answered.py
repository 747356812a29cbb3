"""Rows that one call of the model answered, whoever asked for them: what lines and sheets are written of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hookline.predlog.encode.features import Row
from hookline.predlog.sheet import Request

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["Answered"]


class Answered(NamedTuple):
    """Hold the rows; those of `prediction` answer them, in their order. What it has beyond means nothing."""

    rows: Sequence[Row]
    prediction: Prediction
    ids: Sequence[str]
    requests: Sequence[Request]
