"""The section about outages of the databases that the prediction log is shipped to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.serving.measures import table

INTRODUCTION = """\
A service ships its log to Fluentd and to MongoDB, both spoken to through a network that fails in seven
ways, both at once: refused, a black hole, 5 s late, reset within a batch, half open, acknowledgements lost,
acknowledgements wrong ([faults.py](../tests/framework/predlog/faults.py)). Requests of one row come
{rate:g} times a second. Each outage of {seconds:g} s lies between two healthy times of that length,
{rounds} times over, and its p99 is compared with theirs; what counts is the median of all these ratios.
Then {piled_up:,} rows pile up, an hour's at 50 a second, and are shipped while 50 a second go on arriving.
The service has one core; the callers and the receivers, which are small ones of our own in Python, share
the other. What comes twice to Fluentd has the same id.
"""


def section(result: dict[str, Any], _: Path) -> Iterator[str]:
    """Write the section."""
    yield "## Databases that fail\n"
    yield INTRODUCTION.format(**result)
    yield from table(result["measures"])
