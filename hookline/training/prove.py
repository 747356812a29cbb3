"""Let the fitted model answer golden rows, and compile it if that is proved to change nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import joblib
import pandas as pd

from hookline.contract import Contract
from hookline.contract.conform import conform
from hookline.contract.frame import columns_from_frame
from hookline.models.compile import Verdict, compile_model, not_compiled
from hookline.models.golden import GoldenRows
from hookline.models.native import NativePredictor
from hookline.project import Project
from hookline.training.data import Sample
from hookline.training.fit import Fitted
from hookline.training.golden import golden_rows
from hookline.training.reporter import Watch

__all__ = ["Proof", "prove"]


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold the golden rows and what came of compiling."""

    golden: GoldenRows = field(repr=False)
    verdict: Verdict


def prove(project: Project, sample: Sample, fitted: Fitted, watch: Watch) -> Proof:
    """Answer the golden rows natively, then try to compile the model and prove that nothing changes."""
    rules, contract = project.settings.training, project.contract
    native = NativePredictor(contract, fitted.preprocessor, fitted.estimator)
    X = _as_requests(contract, sample.X)
    golden, remark = golden_rows(contract, X, native, rows=rules.golden_rows, seed=rules.seed)
    if remark:
        watch.warn(remark)
    if not rules.compile:
        return Proof(golden, not_compiled("training.compile is false"))
    columns = columns_from_frame(contract, X)
    answers = fitted.predict_all(X)
    # What is left to ask natively are few rows at a time; threads would cost ten times what they save.
    with joblib.parallel_config(backend="sequential"):
        verdict = compile_model(contract, native, columns, golden.columns, native_answers=answers)
    return Proof(golden, verdict)


def _as_requests(contract: Contract, X: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows that no request can bring: `training.on_violation: keep` lets them train the model."""
    return conform(contract, X).good_rows()
