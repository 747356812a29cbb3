"""How long one row takes."""

from __future__ import annotations

import statistics
import time

from hookline.types import Columns, Predictor

__all__ = ["one_row_seconds"]

_SECONDS, _FEWEST, _MOST = 0.15, 5, 2000


def one_row_seconds(predictor: Predictor, row: Columns) -> float:
    """Return the median time of one prediction, after some to warm up; takes about a sixth of a second."""
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 2 * _FEWEST or (len(times) < _MOST and time.perf_counter() - started < _SECONDS):
        before = time.perf_counter()
        predictor.predict(row)
        times.append(time.perf_counter() - before)
    return statistics.median(times[_FEWEST:])
