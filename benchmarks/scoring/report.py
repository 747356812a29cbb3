"""The section about scoring files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGETS = {"random forest": 2.0}
GROWTH = 1.1
INTRODUCTION = """\
`hookline score` beside a script that reads {columns} columns in chunks, asks `pipeline.predict` and writes
the answers ([by_hand.py](../benchmarks/scoring/by_hand.py)); models trained on {trained:,} rows. Medians of
{runs} runs, the two sides in turn, each run in a process of its own, imports included; memory is the kernel's
`ru_maxrss`. Both files hold the same answers, or there would be no table. `hookline score` uses all cores; it
also holds every cell against the contract, and notes how far it has come.
"""
COLUMNS = ("model", "file", "by hand", "hookline", "times as fast", "wanted", "memory by hand", "hookline")


def section(result: dict[str, Any], _: Path) -> Iterator[str]:
    """Write the section."""
    yield f"## Scoring a file of {result['rows']:,} rows\n"
    yield INTRODUCTION.format(**{key: result[key] for key in ("columns", "trained", "runs")})
    yield f"| {' | '.join(COLUMNS)} |\n|---|---|{'---:|' * (len(COLUMNS) - 2)}"
    for name, model in result["models"].items():
        for kind in ("parquet", "csv"):
            yield _row(name, kind, model[kind])
    yield f"\nPeak memory with a file four times as large (wanted: ≤ {GROWTH} times as much):\n"
    for name, model in result["models"].items():
        missed = "" if model["growth"] <= GROWTH else " (missed)"
        yield f"- {name}: {model['growth']:.2f} times as much{missed}"


def _row(name: str, kind: str, case: dict[str, Any]) -> str:
    hand, ours, wanted = case["by hand"], case["hookline"], TARGETS.get(name, 1.0)
    times = f"{case['times as fast']:.2f}"
    cells = (
        name,
        kind,
        f"{hand['seconds']:.1f} s",
        f"{ours['seconds']:.1f} s",
        times if case["times as fast"] >= wanted else f"**{times}**",
        f"≥ {wanted:g}",
        f"{hand['peak_mib']:.0f} MiB",
        f"{ours['peak_mib']:.0f} MiB",
    )
    return f"| {' | '.join(cells)} |"
