"""The section about serving, and its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
the log's shipper, a process of its own, shares the server's core: it takes what the service leaves of it, and
more than that only when it is five seconds late ([0018](decisions/0018-shipping-steps-aside.md)). So most of
what a short load at full speed leaves to it is done when the load is over; one load of 30 s shows the rest.
"""

_LOG = "a record is written before its answer is sent: see the processor times of the worker."
_RECORD = "the difference is what it costs to write a record and append it before the answer is sent."
REASONS = {
    "10,000 rows in one body, against the same in process": (
        "every row is also written to the prediction log, whose shipper works on the same core."
    ),
    "the same, against the plain app": (
        "the supervisor, the process that loads the model, and the worker start one after the other, and "
        "each imports what it needs."
    ),
    "logistic, p50 of 1 connection, against the floor": (
        "a lone request pays alone for its record, for appending it, and for a call of the model."
    ),
    "processor time of the worker without the log, against with it": _RECORD,
    "processor time of the worker at 5,000 requests/s without the log, against with it": (
        f"{_RECORD} At this rate few requests come together, so each pays for an append of its own."
    ),
    "p99 at 5,000 requests/s with the log, beyond that without": (
        "the shipper is on the same core, and a request that comes in its turn waits for the turn's end."
    ),
    "prediction log on, against off": _LOG,
    "prediction log on, against off, for 30 s": (
        "after five seconds the shipper, on the same core, takes a tenth of it, so that `/logs` follows."
    ),
    "p99 with the log, beyond that without": _LOG,
}
"""Why a measure misses its target."""

AT_REST = """\
Every load begins when all servers are at rest. What follows a load, above all the log's shipper, would
otherwise run on the core of the server that is measured next. Processor times are those of a request, until
the server is at rest again; everything but the shipper counts as the worker. At a fixed rate a request's time
begins when it is due, though no connection may be free.
"""
NOT_AT_REST = """\
These loads did not wait for each other's end: the shipper of the service with the log was at work on the core
while the one without was measured, so that their pair says nothing about the log. `make bench` waits now.
"""


def section(result: dict[str, Any], pictures: Path) -> Iterator[str]:
    """Write the section; draw its picture."""
    _draw(result["measures"], pictures / "benchmark-serving.svg")
    yield "## Serving\n"
    yield INTRODUCTION.format(runs=result["runs"], seconds=result["seconds"])
    yield "![Each measure against its target](pictures/benchmark-serving.svg)\n"
    yield from table(result["measures"])
    yield f"\n{AT_REST if result.get('at_rest') else NOT_AT_REST}"
    missed = [measure for measure in result["measures"] if not measure["reached"]]
    if missed:
        yield "What misses its target:\n"
        yield "\n".join(f"- {measure['name']}: {_reason(measure)}" for measure in missed) + "\n"


def _reason(measure: Mapping[str, Any]) -> str:
    if not measure["name"].startswith("2 workers against 1"):
        return REASONS.get(measure["name"], "not known yet.")
    detail = measure["detail"]
    if "wrk_us" not in detail:
        return "the generator shares the two cores, which it and one worker fill already."
    worker, two, wrk, shipper = (detail[f"{who}_us"] for who in ("worker", "of_two", "wrk", "shipper"))
    words = (
        f"a request takes {wrk:.0f} µs of `wrk`'s processor time, {worker:.0f} of the worker's and "
        f"{shipper:.0f} of the shipper's; of two workers {two:.0f}, for their batches are smaller."
    )
    if wrk + shipper > worker / 2:
        words += " `wrk` and the shipper run on the same two cores, and leave little of the second."
    return words


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
