"""Measure what compiles, and write it into docs/compile.md: `python -m docs.compile_table` (some minutes)."""

from __future__ import annotations

import platform
import re
import sys
import time
import warnings
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from threadpoolctl import threadpool_limits

from hookline.contract.columns import take
from hookline.models.compile import compile_model
from hookline.models.compiled import CompiledPredictor
from hookline.types import Columns, Predictor, Task
from tests.framework.models.compile.frames import KINDS, Kind, world
from tests.framework.models.compile.zoo import CLASSIFIERS, REGRESSORS

PAGE = Path(__file__).resolve().parent / "compile.md"
ROWS, TIMES = 1000, 200
BEGIN, END = "<!-- measured: python -m docs.compile_table -->", "<!-- end: measured -->"
LIBRARIES = ("scikit-learn", "onnxruntime", "onnx", "skl2onnx", "numpy", "pandas")
HEADER = (
    "| model | data | outcome | largest difference | one row, native | one row, compiled |\n"
    "|---|---|---|---|---|---|"
)


def measured(task: Task, kind: Kind, name: str) -> str:
    """Fit one model, compile it, and write one line of the table."""
    data = world(kind, task, rows=ROWS)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # some do not converge; their answers are as good for comparing
        native = data.fitted((CLASSIFIERS | REGRESSORS)[name]())
        verdict = compile_model(data.contract, native, data.columns, take(data.columns, slice(0, 100)))
        if verdict.graph is None or verdict.scope != "whole":
            return f"| {name} | {kind} | native: {verdict.reason} | | | |"
        largest = verdict.checks["largest_difference"]
        compiled = CompiledPredictor(data.contract, verdict.graph)
        row = take(data.columns, slice(0, 1))
        times = " | ".join(f"{fastest(one, row) * 1e6:,.0f} µs" for one in (native, compiled))
    return f"| {name} | {kind} | compiled | {f'{largest:.0e}' if largest else 'none'} | {times} |"


def fastest(predictor: Predictor, row: Columns) -> float:
    """Return the shortest of many times: what it takes when nothing else runs."""

    def once() -> float:
        started = time.perf_counter()
        predictor.predict(row)
        return time.perf_counter() - started

    return min(once() for _ in range(TIMES))


def table(task: Task, names: Iterable[str]) -> str:
    """Measure all models of a task."""
    lines = [HEADER]
    for name in names:
        for kind in KINDS:
            lines.append(measured(task, kind, name))
            sys.stderr.write(f"{lines[-1]}\n")
    return "\n".join(lines)


def main() -> None:
    """Measure everything and renew the page."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    how = (
        f"Measured with Python {platform.python_version()}, {versions}; {ROWS:,} training rows, one thread; "
        f"one row is the shortest of {TIMES} times."
    )
    tables = [
        f"### {title}\n\n{table(task, sorted(names, key=str.lower))}"
        for title, task, names in (
            ("Classification", "classification", CLASSIFIERS),
            ("Regression", "regression", REGRESSORS),
        )
    ]
    text = "\n\n".join([how, *tables])
    page = PAGE.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
    PAGE.write_text(place.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
