"""The loader's rows, and their split into features and target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.check.bench import Bench
from hookline.contract.columns import columns_from_rows
from hookline.contract.conform import Violation, conform
from hookline.contract.frame import frame_from_columns
from hookline.errors import DataError
from hookline.hooks import answers
from hookline.words import counted, listed

if TYPE_CHECKING:
    import pandas as pd

_LOAD = "DataLoader.load_data"
_SPLIT = "Preprocessor.split_X_y"


def load(bench: Bench) -> str:
    """Ask the loader for a few rows."""
    bench.loaded = bench.loader.load_data(bench.n_rows)
    rows = len(bench.loaded)
    if rows == 0:
        answers.refuse(_LOAD, "a frame without rows", "look at the path or query that the data comes from")
    target = bench.contract.target_label
    if target not in bench.loaded.columns:
        answers.refuse(
            _LOAD,
            f"a frame without the target {target!r}; it has {listed(bench.loaded.columns)}",
            "return the target with the features, or correct `target_label` in features.yaml",
        )
    return counted(rows, "row")


def hold(bench: Bench) -> str | None:
    """Hold the rows against features.yaml, as training does."""
    try:
        conformed = conform(bench.contract, bench.loaded)
    except DataError as error:
        answers.refuse(
            _LOAD,
            str(error),
            "mend load_data or features.yaml",
            expected="columns as features.yaml declares them",
        )
    rule = bench.project.settings.training.on_violation
    bench.data = conformed.frame if rule == "keep" else conformed.good_rows()
    if not conformed.violations:
        return None
    words = "; ".join(_in_words(violation) for violation in conformed.violations[:5])
    if rule == "fail" or len(bench.data) == 0:
        answers.refuse(
            _LOAD,
            words,
            "mend the data or widen features.yaml; `training.on_violation: drop` leaves such rows out",
            expected="rows that keep features.yaml",
        )
    return f"training.on_violation is {rule}: {words}"


def split(bench: Bench) -> None:
    """Split into features and target; X must look as a request will."""
    bench.preprocessor = bench.new_preprocessor()
    bench.X, bench.y = answers.split_X_y(bench.preprocessor, bench.contract, bench.data)
    _require_request_dtypes(bench, bench.X)


def _require_request_dtypes(bench: Bench, X: pd.DataFrame) -> None:
    request = frame_from_columns(bench.contract, columns_from_rows(bench.contract, []))
    for name in bench.contract.names:
        if X[name].dtype != request[name].dtype:
            answers.refuse(
                _SPLIT,
                f"{name}: {X[name].dtype}",
                "leave the features as they are; convert them in process_X, which requests go through too",
                expected=f"{name}: {request[name].dtype}, as in a request",
            )


def _in_words(violation: Violation) -> str:
    row, value = violation.examples[0]
    rows = counted(violation.count, "row")
    return f"{violation.feature} is {violation.rule} in {rows} (row {row}: {value})"
