"""The section about peers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

INTRODUCTION = """\
The same iris models, fitted by scikit-learn in each peer's own environment and served by one process on one
core, each as its manual shows; one row per request, 32 connections, medians of {runs} runs of {seconds} s,
the servers in turn. MLServer is sent a tensor, MLflow a split frame, the others named fields. None of the
peers keeps a log of its predictions in this comparison; hookline does.
"""


def section(result: dict[str, Any], _: Path) -> Iterator[str]:
    """Write the section; the table says it all, so there is no picture."""
    yield "## Peers\n"
    yield INTRODUCTION.format(runs=result["runs"], seconds=result["seconds"])
    yield "| server | version | random forest | of ours | logistic regression | of ours |"
    yield "|---|---|---:|---:|---:|---:|"
    ours = result["peers"]["hookline"]
    for name, line in result["peers"].items():
        forest, logistic = line["forest"], line["logistic"]
        yield (
            f"| {name} | {line['version']} | {forest:,.0f}/s | {forest / ours['forest']:.3f} "
            f"| {logistic:,.0f}/s | {logistic / ours['logistic']:.3f} |"
        )
