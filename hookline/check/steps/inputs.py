"""process_X: what it learns, sees and gives, for many rows, for one, and at the edges of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hookline.check.bench import Bench
from hookline.check.compare import Difference, as_frame, difference
from hookline.check.steps.naming import circumstance, for_row
from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows, rows_from_columns
from hookline.contract.frame import columns_from_frame, frame_from_columns
from hookline.contract.sample import edge_rows, sample_rows
from hookline.hooks import answers, hook_call
from hookline.words import listed

__all__ = [
    "again",
    "allowed_rows",
    "edges",
    "fit",
    "one_row",
    "other_order",
    "request",
    "request_frame",
    "sample",
]

_FIT = "Preprocessor.fit_X"
_PROCESS = "Preprocessor.process_X"
_ALONE = 20
_GENERATED = 20

_LEARN_IN_FIT = (
    "learn columns and categories in fit_X and give the same ones for any rows; pandas.get_dummies does not, "
    'scikit-learn\'s OneHotEncoder(handle_unknown="ignore") does'
)
_EACH_ROW_ALONE = (
    "treat each row by itself: means, ranks and encoders are learned in fit_X, rows stay in their order"
)


def fit(bench: Bench) -> None:
    """Let it learn; the frame must stay as it is, process_X gets it next."""
    before = bench.X.copy()
    with hook_call(_FIT):
        bench.preprocessor.fit_X(bench.X)
    _require_untouched(_FIT, before, bench.X)


def sample(bench: Bench) -> str:
    """Turn the sample into model input."""
    before = bench.X.copy()
    bench.processed = answers.process_X(bench.preprocessor, bench.X)
    _require_untouched(_PROCESS, before, bench.X)
    _require_order(bench.X, bench.processed)
    shape = as_frame(bench.processed).shape
    return f"{shape[0]} rows, {shape[1]} columns"


def request(bench: Bench) -> None:
    """Send the same rows as a request would bring them."""
    columns = columns_from_frame(bench.contract, bench.X)
    frame = request_frame(bench.contract, rows_from_columns(bench.contract, columns))
    _require_same(as_frame(bench.processed), _process(bench, frame), "for the same rows", _EACH_ROW_ALONE)


def one_row(bench: Bench) -> None:
    """Send rows one by one."""
    wanted = as_frame(bench.processed)
    for row in _spread(len(bench.X)):
        alone = bench.X.iloc[[row]].reset_index(drop=True)
        with circumstance(f"for row {row} alone"):
            got = _process(bench, alone)
        _require_same(wanted.iloc[[row]], got, f"for row {row} alone", _EACH_ROW_ALONE)


def other_order(bench: Bench) -> None:
    """Send the rows backwards, and only half of them."""
    backwards = np.arange(len(bench.X))[::-2]
    got = _process(bench, bench.X.iloc[backwards].reset_index(drop=True))
    wanted = as_frame(bench.processed).iloc[backwards]
    _require_same(wanted, got, "for every second row, backwards", _EACH_ROW_ALONE)


def again(bench: Bench) -> None:
    """Send the same rows once more."""
    _require_same(
        as_frame(bench.processed),
        _process(bench, bench.X),
        "for the same rows a second time",
        "give the same rows the same answer: no random numbers, counters or global variables in process_X",
    )


def edges(bench: Bench) -> str:
    """Send generated rows that the contract allows, among them those at its edges."""
    rows = allowed_rows(bench.contract)
    wanted = as_frame(bench.processed)
    for row in rows:
        with for_row(row):
            got = _process(bench, request_frame(bench.contract, [row]))
            _require_same_columns(wanted, got)
    return f"{len(rows)} rows"


def allowed_rows(contract: Contract) -> list[dict[str, Any]]:
    """Make rows that a request may bring: those at the edges of the contract, and plain ones."""
    return [*edge_rows(contract), *sample_rows(contract, _GENERATED, seed=0)]


def request_frame(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make the frame that process_X sees for a request."""
    return frame_from_columns(contract, columns_from_rows(contract, rows))


def _process(bench: Bench, frame: pd.DataFrame) -> pd.DataFrame:
    return as_frame(answers.process_X(bench.preprocessor, frame))


def _spread(rows: int) -> list[int]:
    return sorted(set(np.linspace(0, rows - 1, min(_ALONE, rows), dtype=int).tolist()))


def _require_same(wanted: pd.DataFrame, got: pd.DataFrame, what: str, remedy: str) -> None:
    found = difference(wanted, got)
    if found is not None:
        _refuse(found, what, remedy)


def _require_same_columns(wanted: pd.DataFrame, got: pd.DataFrame) -> None:
    found = difference(wanted.iloc[:0], got.iloc[:0])
    if found is not None:
        _refuse(found, "for it", _LEARN_IN_FIT)


def _refuse(found: Difference, what: str, remedy: str) -> None:
    remedies = {
        "columns": _LEARN_IN_FIT,
        "dtypes": "give every column one dtype whatever the rows hold, such as `.astype(float)`",
    }
    answers.refuse(
        _PROCESS,
        f"{found.came} {what}",
        remedies.get(found.kind, remedy),
        expected=f"{found.expected}, as for the whole sample",
    )


def _require_untouched(hook: str, before: pd.DataFrame, after: pd.DataFrame) -> None:
    if list(before.columns) != list(after.columns) or len(before) != len(after):
        what = f"X had columns {listed(before.columns)}, now {listed(after.columns)}"
    else:
        changed = [str(name) for name in before.columns if not before[name].equals(after[name])]
        if not changed and before.index.equals(after.index):
            return
        what = f"{listed(changed) or 'its index'} changed in place"
    answers.refuse(
        hook,
        what,
        "begin with `X = X.copy()`; the frame is used again after the hook, and a request's is logged",
        expected="an X that is left as it came",
    )


def _require_order(X: pd.DataFrame, processed: Any) -> None:
    index = getattr(processed, "index", None)
    if not isinstance(index, pd.Index) or index.equals(X.index) or set(index) != set(X.index):
        return
    answers.refuse(
        _PROCESS,
        f"rows in another order: index {listed(index[:3])} first",
        "leave the rows in their order: the first answer goes to the first row of a request",
        expected=f"rows in the order they came: index {listed(X.index[:3])} first",
    )
