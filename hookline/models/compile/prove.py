"""The proof: a graph counts only if it answers like the native model wherever we look, and faster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from hookline.contract import Contract
from hookline.contract.columns import row_count, rows_from_columns, take
from hookline.models.compile.comparison import Comparison
from hookline.models.compile.edges import find_edges, find_jumps
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.timing import one_row_seconds
from hookline.types import Columns, Prediction, Predictor

__all__ = ["CHUNK", "prove"]

CHUNK = 8192
"""Rows at once: memory stays flat, however many rows there are."""
_TOGETHER = 4


def prove(
    contract: Contract,
    native: Predictor,
    candidate: Predictor,
    columns: Columns,
    golden: Columns,
    *,
    exact: bool = False,
    native_answers: Prediction | None = None,
) -> dict[str, Any]:
    """Return what was checked and how close it came; raise `CannotCompileError` with what does not hold.

    With `exact`, the candidate's jumps must lie at the very doubles where the native model's lie.
    """
    edges = find_edges(contract, columns)
    typical = _typical(native.predict(golden))
    checks: dict[str, Any] = {}
    largest = 0.0
    for where, rows, answers in (
        ("golden", golden, None),
        ("edge", edges.required, _edge_answers(contract, native, edges.required)),
        ("split", find_jumps(contract, native, columns, exact=exact), None),
        ("training", columns, native_answers),
    ):
        comparison = Comparison(typical)
        for expected, got in _both(native, candidate, rows, answers):
            comparison.add(expected, got)
        comparison.hold(where)
        checks[f"{where}_rows"] = comparison.rows
        largest = max(largest, comparison.largest)
    checks["far_rows"] = _compare_far(native, candidate, edges.far, typical)
    checks["largest_difference"] = largest
    return checks | _race(native, candidate, take(golden, slice(0, 1)))


def _both(
    native: Predictor, candidate: Predictor, columns: Columns, answers: Prediction | None
) -> Iterator[tuple[Prediction, Prediction]]:
    """Answer the rows in chunks; the candidate runs ahead in threads while the native model answers here."""
    ahead: deque[tuple[slice, Future[Prediction]]] = deque()
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, row_count(columns), CHUNK):
            part = slice(start, start + CHUNK)
            ahead.append((part, pool.submit(_asked, candidate, take(columns, part))))
            if len(ahead) > workers:
                yield _pair(native, columns, answers, *ahead.popleft())
        while ahead:
            yield _pair(native, columns, answers, *ahead.popleft())


def _asked(candidate: Predictor, rows: Columns) -> Prediction:
    try:
        return candidate.predict(rows)
    except Exception as error:
        raise CannotCompileError(f"the graph fails where the model does not: {error}") from error


def _pair(
    native: Predictor, columns: Columns, answers: Prediction | None, part: slice, got: Future[Prediction]
) -> tuple[Prediction, Prediction]:
    expected = native.predict(take(columns, part)) if answers is None else _part(answers, part)
    return expected, got.result()


def _part(answers: Prediction, part: slice) -> Prediction:
    return Prediction(
        labels=None if answers.labels is None else answers.labels[part],
        probabilities=None if answers.probabilities is None else answers.probabilities[part],
        values=None if answers.values is None else answers.values[part],
    )


def _typical(answers: Prediction) -> float:
    """Return the middle size of a regression's answers."""
    return 0.0 if answers.values is None else float(np.median(np.abs(answers.values)))


def _edge_answers(contract: Contract, native: Predictor, rows: Columns) -> Prediction:
    """Let the model answer what its contract allows; where it cannot, a graph has nothing to equal."""
    try:
        return native.predict(rows)
    except Exception:
        for row in range(row_count(rows)):
            one = take(rows, slice(row, row + 1))
            try:
                native.predict(one)
            except Exception as error:
                raise CannotCompileError(
                    f"the model itself fails on a row that its contract allows, {_shown(contract, one)}: "
                    f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                ) from error
        raise


def _shown(contract: Contract, row: Columns) -> str:
    """Show a row; never what must not reach a log."""
    (values,) = rows_from_columns(contract, row)
    hidden = {feature.name for feature in contract if feature.log != "raw"}
    return repr({name: "..." if name in hidden else value for name, value in values.items()})


def _compare_far(native: Predictor, candidate: Predictor, rows: Columns, typical: float) -> int:
    """Compare far-out rows, as far as the model answers them: scikit-learn refuses what overflows."""
    comparison = Comparison(typical)
    for part, expected in _answerable(native, rows):
        comparison.add(expected, _asked(candidate, part))
    comparison.hold("far-out")
    return comparison.rows


def _answerable(native: Predictor, rows: Columns) -> Iterator[tuple[Columns, Prediction]]:
    """Halve rows that the model refuses until it answers; a few that it refuses together are left out."""
    count = row_count(rows)
    if not count:
        return
    try:
        yield rows, native.predict(rows)
    except Exception:
        if count > _TOGETHER:
            yield from _answerable(native, take(rows, slice(0, count // 2)))
            yield from _answerable(native, take(rows, slice(count // 2, count)))


def _race(native: Predictor, candidate: Predictor, row: Columns) -> dict[str, Any]:
    """Time one row on both; the graph has to win."""
    slow, fast = (round(one_row_seconds(one, row) * 1e6, 1) for one in (native, candidate))
    if fast >= slow:
        raise CannotCompileError(f"not faster: {fast:,.0f} µs for one row against {slow:,.0f} µs")
    return {"native_us": slow, "compiled_us": fast}
