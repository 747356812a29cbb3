from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from hookline.models.compiled import CompiledPredictor
from hookline.types import Task
from tests.framework.models.compile.alike import assert_alike, assert_compiled, compiled
from tests.framework.models.compile.frames import KINDS, Kind, world
from tests.framework.models.compile.zoo import CLASSIFIERS, NATIVE, RARE, REGRESSORS

ROWS = 160


def cases() -> Iterator[Any]:
    for task, zoo in (("classification", CLASSIFIERS), ("regression", REGRESSORS)):
        for name in zoo:
            for kind in KINDS:
                # Every day each model on the kind that has a bit of all.
                mark = pytest.mark.soak if name in RARE else pytest.mark.slow
                yield pytest.param(
                    task, kind, name, id=f"{name} on {kind}", marks=[] if kind == "mixed" else [mark]
                )


@pytest.mark.parametrize(("task", "kind", "name"), list(cases()))
def test_a_model_compiles_and_answers_alike_or_stays_native_with_the_reason(
    task: Task, kind: Kind, name: str
) -> None:
    seen, fresh = world(kind, task, rows=ROWS), world(kind, task, rows=ROWS, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some models do not converge on so few rows; they need not
        native = seen.fitted((CLASSIFIERS | REGRESSORS)[name]())
    verdict = compiled(native, seen.columns)
    if name in NATIVE:
        assert not verdict.adopted
        assert verdict.graph is None
        assert re.search(NATIVE[name], verdict.reason)
        return
    graph = assert_compiled(verdict)
    assert verdict.checks["training_rows"] == ROWS
    assert_alike(native, CompiledPredictor(seen.contract, graph), fresh.columns)


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name not in NATIVE])
def test_two_classes_compile_too(name: str) -> None:
    seen, fresh = (world("numeric", "classification", rows=ROWS, classes=2, seed=seed) for seed in (0, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        native = seen.fitted(CLASSIFIERS[name]())
    graph = assert_compiled(compiled(native, seen.columns))
    assert_alike(native, CompiledPredictor(seen.contract, graph), fresh.columns)
