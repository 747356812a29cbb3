"""Compile a fitted model, prove the graph, and say what came of it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

import hookline.models.compile.converters  # noqa: F401 - makes the converters known
from hookline.contract import Contract
from hookline.contract.columns import row_count, take
from hookline.contract.frame import frame_from_columns
from hookline.models.compile.exactness import jumps_exactly
from hookline.models.compile.front import as_matrix, find_front
from hookline.models.compile.prove import prove
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.translate import ask
from hookline.models.compile.verdict import Verdict, not_compiled
from hookline.models.compile.writer import Writer
from hookline.models.compiled import CompiledPredictor
from hookline.models.graph import Scope
from hookline.models.native import NativePredictor
from hookline.types import Columns, Prediction, Predictor

__all__ = ["compile_model"]

_SEEN = 256
_LARGEST_EXACT = 2**53
_Proof: TypeAlias = Callable[[Predictor, bytes], dict[str, Any]]


def compile_model(
    contract: Contract,
    native: NativePredictor,
    columns: Columns,
    golden: Columns,
    *,
    native_answers: Prediction | None = None,
) -> Verdict:
    """Turn the native model into a graph if that can be proved to change nothing but the speed.

    `columns` are all training rows, `golden` the rows that every load will check again; `native_answers` are
    the native predictions for `columns`, if the caller has them already. Never raises for a model that it
    cannot compile.
    """

    def proof(candidate: Predictor, graph: bytes) -> dict[str, Any]:
        exact = jumps_exactly(graph)
        return prove(contract, native, candidate, columns, golden, exact=exact, native_answers=native_answers)

    started = time.perf_counter()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter(
            "ignore"
        )  # rows at the edges overflow and are unknown; that is what they are for
        verdict = _compile(_Model(contract, native, columns), proof)
    verdict.checks["seconds"] = round(time.perf_counter() - started, 3)
    return verdict


@dataclass(frozen=True, slots=True)
class _Model:
    contract: Contract
    native: NativePredictor
    columns: Columns

    def some_rows(self) -> pd.DataFrame:
        """Return training rows from everywhere in the data."""
        rows = np.linspace(0, row_count(self.columns) - 1, _SEEN).astype(np.int64)
        return frame_from_columns(self.contract, take(self.columns, np.unique(rows)))


def _compile(model: _Model, proof: _Proof) -> Verdict:
    try:
        return _whole(model, proof)
    except Exception as error:
        why = _sentence(error)
    try:
        return _estimator_only(model, proof, why)
    except Exception as error:
        second = _sentence(error)
    return not_compiled(why if second == why else f"{why}; and the estimator alone: {second}")


def _whole(model: _Model, proof: _Proof) -> Verdict:
    """Try preprocessor and estimator in one graph."""
    _refuse_inexact(model)
    front = find_front(model.native.preprocessor, model.some_rows())
    writer = Writer()
    sheet = Sheet.of_contract(writer.matrix, model.contract)
    outputs = ask(model.native.estimator, front.write(sheet)).named()
    graph = writer.finish(outputs, len(sheet), "whole", model.contract.names)
    return _adopted(graph, "whole", proof(CompiledPredictor(model.contract, graph), graph))


def _estimator_only(model: _Model, proof: _Proof, why: str) -> Verdict:
    """Try the estimator's graph behind the user's process_X."""
    native = model.native
    try:
        matrix = as_matrix(native.preprocessor.process_X(model.some_rows())).astype(np.float64)
        width = matrix.shape[1]
    except (TypeError, ValueError, IndexError) as error:
        raise CannotCompileError("process_X does not return a matrix of numbers") from error
    writer = Writer()
    outputs = ask(native.estimator, Sheet.of(writer.matrix, width)).named()
    graph = writer.finish(outputs, width, "estimator", ())
    half = NativePredictor(native.contract, native.preprocessor, native.estimator, graph)
    return _adopted(graph, "estimator", proof(half, graph), why)


def _adopted(graph: bytes, scope: Scope, checks: dict[str, Any], why: str = "") -> Verdict:
    rows = sum(count for name, count in checks.items() if name.endswith("_rows"))
    reason = (
        f"proved equal on {rows:,} rows (largest difference {checks['largest_difference']:.1e}); "
        f"one row takes {checks['compiled_us']:,.0f} µs instead of {checks['native_us']:,.0f}"
    )
    if scope == "estimator":
        reason += f"; process_X still runs in front, because {why}"
    return Verdict(adopted=True, reason=reason, graph=graph, scope=scope, checks=checks)


def _refuse_inexact(model: _Model) -> None:
    for feature in model.contract:
        column = model.columns[feature.name]
        if (
            column.dtype == np.int64
            and len(column)
            and max(-int(column.min()), int(column.max())) > _LARGEST_EXACT
        ):
            raise CannotCompileError(
                f"{feature.name} holds whole numbers beyond 2**53, which a graph's doubles would round"
            )


def _sentence(error: Exception) -> str:
    if isinstance(error, CannotCompileError):
        return str(error)
    first = str(error).strip().splitlines()
    return f"compiling failed with {type(error).__name__}: {first[0] if first else 'no message'}"
