"""The section about serving, and its picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.serving.measures import table

INTRODUCTION = """\
One server core, one core for the generator (`wrk`), medians of {runs} runs of {seconds} s, the servers in
turn. The plain app is what templates do ([plain.py](../benchmarks/serving/plain.py)): FastAPI, a DataFrame
per request, scikit-learn. The floor ([floor.py](../benchmarks/serving/floor.py)) validates the same rows by
pydantic on raw ASGI and answers a constant: no service that validates can be faster. Both run under uvicorn
with uvloop and httptools. The service keeps its prediction log in all measures but the one that says so, and
the log's shipper, a process of its own, shares the server's core.
"""

REASONS = {
    "2 workers against 1": (
        "the generator shares the two cores. One worker and `wrk` fill both of them already, so that a "
        "second worker has nothing left to run on."
    ),
    "10,000 rows in one body, against the same in process": (
        "every row is also written to the prediction log, and in a small forest its record costs more than "
        "its prediction."
    ),
    "the same, against the plain app": (
        "the supervisor, the process that loads the model, and the worker start one after the other, and "
        "each imports what it needs."
    ),
    "prediction log on, against off": "at this speed the generator's core is the limit for both, see above.",
}
"""Why a measure misses its target."""

AT_THIS_SPEED = """\
The pair with the log on and off does not show what the log costs: at this speed the generator's core is busy
too, and how it sends decides more than the server does, so that the service may even be the faster for larger
batches. The log has to be measured by its processor time, which this benchmark does not do yet.
"""


def section(result: dict[str, Any], pictures: Path) -> Iterator[str]:
    """Write the section; draw its picture."""
    _draw(result["measures"], pictures / "benchmark-serving.svg")
    yield "## Serving\n"
    yield INTRODUCTION.format(runs=result["runs"], seconds=result["seconds"])
    yield "![Each measure against its target](pictures/benchmark-serving.svg)\n"
    yield from table(result["measures"])
    yield f"\n{AT_THIS_SPEED}"
    missed = [measure["name"] for measure in result["measures"] if not measure["reached"]]
    if missed:
        yield "What misses its target:\n"
        yield "\n".join(f"- {name}: {REASONS.get(name, 'not known yet.')}" for name in missed) + "\n"


def _draw(measures: list[dict[str, Any]], path: Path) -> None:
    """Draw how far beyond its target each measure is: right of the line is better."""
    figure = Figure(figsize=(8, 0.5 + 0.32 * len(measures)), layout="constrained")
    axes = figure.add_subplot()
    for place, measure in enumerate(measures):
        bound = float(measure["target"].split()[1])
        value = max(measure["value"], bound / 100)  # a difference may be none at all
        good = value / bound if measure["target"].startswith("≥") else bound / value
        axes.barh(place, good, color="#10b981" if measure["reached"] else "#f59e0b")
    axes.axvline(1, color="#475569", linestyle=":")
    axes.set_xscale("log")
    axes.set_yticks(range(len(measures)), [measure["name"] for measure in measures], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("seen against its target; dotted: the target, further right is better")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
