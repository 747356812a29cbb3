"""The section about peers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

INTRODUCTION = """\
The same iris models, fitted by scikit-learn in each peer's own environment and served by one process on one
core, each as its manual shows; one row per request, 32 connections, medians of {runs} runs of {seconds} s,
the servers in turn. MLServer is sent a tensor, MLflow a split frame, the others named fields. None of the
peers keeps a log of its predictions in this comparison; hookline does. The plain app and the floor are those
of the section about serving; the floor has no model, so nobody who has one need be as fast.
"""


def section(result: dict[str, Any], pictures: Path) -> Iterator[str]:
    """Write the section; draw its picture."""
    _draw(result["peers"], pictures / "benchmark-peers.svg")
    yield "## Peers\n"
    yield INTRODUCTION.format(runs=result["runs"], seconds=result["seconds"])
    yield "![Requests a second of each server](pictures/benchmark-peers.svg)\n"
    yield "| server | version | random forest | of ours | logistic regression | of ours |"
    yield "|---|---|---:|---:|---:|---:|"
    ours = result["peers"]["hookline"]
    for name, line in result["peers"].items():
        forest, logistic = line["forest"], line["logistic"]
        yield (
            f"| {name} | {line['version']} | {forest:,.0f}/s | {forest / ours['forest']:.3f} "
            f"| {logistic:,.0f}/s | {logistic / ours['logistic']:.3f} |"
        )


def _draw(peers: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw requests a second, the fastest on top."""
    names = sorted(peers, key=lambda name: float(peers[name]["forest"]))
    figure = Figure(figsize=(8, 0.6 + 0.45 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    for kind, label, color, shift in (
        ("forest", "random forest, 100 trees", "#10b981", 0.2),
        ("logistic", "logistic regression", "#6366f1", -0.2),
    ):
        places = [place + shift for place in range(len(names))]
        bars = axes.barh(places, [peers[name][kind] for name in names], 0.38, color=color, label=label)
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=8)
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("requests a second, one row each, 32 connections; each step is ten times as much")
    axes.legend(fontsize=8, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
