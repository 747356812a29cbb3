"""Answers beside answers, part by part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.models.compile.refusal import CannotCompileError
from hookline.types import Prediction

__all__ = ["PROBABILITY", "VALUE", "Comparison"]

PROBABILITY = 1e-5
"""How far a probability may be off."""
VALUE = 1e-6
"""How far a regression's value may be off, relative to itself or to a typical value, whichever is larger.

Sixteen times the rounding of float32, in which some operators calculate, and far below what a person would
call a difference; relative to a typical value too, as a sum that ends near zero keeps its parts' rounding.
"""


@dataclass(slots=True)
class Comparison:
    """Compare expected answers with given ones, and remember the largest difference."""

    typical: float = 0.0
    rows: int = 0
    largest: float = 0.0
    labels: list[int] = field(default_factory=list)
    far_off: list[int] = field(default_factory=list)

    def add(self, expected: Prediction, got: Prediction) -> None:
        """Compare the next rows."""
        if expected.labels is not None and got.labels is not None:
            _same_shape(expected.labels, got.labels)
            self.labels += (self.rows + np.flatnonzero(expected.labels != got.labels)).tolist()
        self._add(expected.probabilities, got.probabilities, PROBABILITY)
        self._add(expected.values, got.values, VALUE, relative=True)
        self.rows += len(expected)

    def hold(self, where: str) -> None:
        """Refuse the graph if anything differs."""
        for what, rows in (
            ("the label differs", self.labels),
            (f"answers differ by up to {self.largest:.1e}", self.far_off),
        ):
            if rows:
                raise CannotCompileError(
                    f"{what} on {len(rows):,} of {self.rows:,} {where} rows, first at row {rows[0]:,}"
                )

    def _add(
        self,
        expected: NDArray[np.float64] | None,
        got: NDArray[np.float64] | None,
        tolerance: float,
        *,
        relative: bool = False,
    ) -> None:
        if expected is None and got is None:
            return
        if expected is None or got is None:
            raise CannotCompileError("the graph gives answers of another kind than the model")
        _same_shape(expected, got)
        off = np.abs(expected - got)
        if relative:
            scale = np.maximum(np.abs(expected), self.typical)
            off /= np.where(scale == 0.0, 1.0, scale)
        self.largest = max(self.largest, float(off.max(initial=0.0)))
        worst = off.reshape(len(off), -1).max(axis=1, initial=0.0)
        self.far_off += (self.rows + np.flatnonzero(worst > tolerance)).tolist()


def _same_shape(expected: NDArray[Any], got: NDArray[Any]) -> None:
    if expected.shape != got.shape:
        raise CannotCompileError(f"the graph answers in the shape {got.shape}, the model in {expected.shape}")
