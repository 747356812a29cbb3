"""A small sample may lack a rare class or category; then a failure is judged again on a better one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from hookline.check.bench import Bench
from hookline.check.steps import data, inputs, model, target
from hookline.errors import HookError

__all__ = ["covering", "with_more_rows"]

_OF_EACH_VALUE = 5
_MOST_VALUES = 1000


def with_more_rows(run: Callable[[Bench], str | None]) -> Callable[[Bench], str | None]:
    """Let a step that fails try once more with rows picked from all data."""

    def tried_twice(bench: Bench) -> str | None:
        try:
            return run(bench)
        except HookError:
            if not _enlarge(bench):
                raise
            return run(bench)

    return tried_twice


def covering(frame: pd.DataFrame, names: list[str], rows: int) -> pd.DataFrame:
    """Pick about `rows` rows, spread over all, with some of every value of the columns `names`."""
    spread = np.linspace(0, len(frame) - 1, min(rows, len(frame)), dtype=np.int64)
    picked = set(spread.tolist())
    positions = pd.Series(np.arange(len(frame)))
    for name in names:
        values = frame[name].reset_index(drop=True)
        if values.nunique(dropna=False) <= _MOST_VALUES:
            picked.update(positions.groupby(values, dropna=False).head(_OF_EACH_VALUE).tolist())
    return frame.iloc[sorted(picked)]


def _enlarge(bench: Bench) -> bool:
    if bench.whole:
        return False
    bench.whole = True
    everything = bench.loader.load_data(None)
    if len(everything) <= len(bench.loaded):
        return False
    contract = bench.contract
    names = [feature.name for feature in contract if feature.type in ("category", "bool")]
    if contract.task == "classification":
        names.append(contract.target_label)
    bench.loaded = covering(everything, [name for name in names if name in everything.columns], bench.n_rows)
    for step in (data.hold, data.split, inputs.fit, inputs.sample, target.fit, target.process, model.train):
        step(bench)
    return True
