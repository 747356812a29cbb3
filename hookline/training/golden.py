"""Rows whose answers a loaded model must reproduce: some training data, some at the contract's edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows, concatenate, row_count, take
from hookline.contract.frame import columns_from_frame
from hookline.contract.sample import edge_rows, sample_rows
from hookline.errors import HooklineError
from hookline.models.golden import GoldenRows
from hookline.types import Columns, Predictor

__all__ = ["golden_rows"]


def golden_rows(
    contract: Contract, X: pd.DataFrame, predictor: Predictor, *, rows: int, seed: int
) -> tuple[GoldenRows, str | None]:
    """Let the model answer sampled rows and edge rows; say so if it cannot answer the latter."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(X))[:rows])
    sample = _without_people(contract, columns_from_frame(contract, X.iloc[chosen]), seed)
    edges = columns_from_rows(contract, edge_rows(contract))
    good, fault = _answerable(predictor, edges)
    columns = concatenate([sample, take(edges, good)]) if good.any() else sample
    golden = GoldenRows.make(contract, columns, predictor.predict(columns))
    if fault is None:
        return golden, None
    failed = len(good) - int(good.sum())
    return golden, (
        f"the model cannot answer {failed:,} of {len(good):,} rows at the edges of features.yaml ({fault}); "
        "`hookline check` shows what to mend"
    )


def _without_people(contract: Contract, columns: Columns, seed: int) -> Columns:
    """Put made-up values in place of personal ones: the file travels with the model."""
    personal = [feature.name for feature in contract if feature.log != "raw"]
    if not personal:
        return columns
    made_up = columns_from_rows(contract, sample_rows(contract, row_count(columns), seed))
    return {name: made_up[name] if name in personal else column for name, column in columns.items()}


def _answerable(predictor: Predictor, columns: Columns) -> tuple[NDArray[np.bool_], str | None]:
    good, fault = np.ones(row_count(columns), dtype=np.bool_), None
    if _fault(predictor, columns) is None:
        return good, None
    for row in range(len(good)):
        problem = _fault(predictor, take(columns, slice(row, row + 1)))
        if problem is not None:
            good[row], fault = False, fault or problem
    return good, fault


def _fault(predictor: Predictor, columns: Columns) -> str | None:
    try:
        predictor.predict(columns)
    except HooklineError as error:
        return str(error)
    except Exception as error:
        return _short(error)
    return None


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:120]}"
