"""The section about training, and its picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

TARGET_TIME, TARGET_MEMORY = 1.25, 1.3
COLOURS = {
    "by hand": "#94a3b8",
    "start": "#cbd5e1",
    "load": "#a5b4fc",
    "check": "#818cf8",
    "fit": "#3b82f6",
    "evaluate": "#f59e0b",
    "refit": "#60a5fa",
    "compile": "#10b981",
    "publish": "#ec4899",
}
INTRODUCTION = """\
By hand: `read_parquet`, `train_test_split`, fit, accuracy on the holdout, fit again on all rows, save
([by_hand.py](../benchmarks/training/by_hand.py)). `hookline train` does the same and more: it holds every
cell against the contract, measures eight metrics beside a baseline and the importance of each feature, proves
the compiled graph on all rows, and writes profile, card and a checksummed version. Medians of {runs} runs,
the two sides in turn, each run in a process of its own, imports included; memory is the kernel's `ru_maxrss`.
"""
LATE = """\
the fit is so quick that the proof on every row, which takes much the same time for any model, weighs more."""
COLUMNS = ("model", "by hand", "hookline", "time", "processor time", "memory by hand", "hookline", "memory")


def section(result: dict[str, Any], pictures: Path) -> Iterator[str]:
    """Write the section; draw its picture."""
    _draw(result["models"], pictures / "benchmark-training.svg")
    yield f"## Training on {result['rows']:,} rows and {result['columns']} columns\n"
    yield INTRODUCTION.format(runs=result["runs"])
    yield "![Seconds by hand and with hookline, by step](pictures/benchmark-training.svg)\n"
    yield f"| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}"
    yield from (_row(name, model) for name, model in result["models"].items())
    yield f"| wanted | | | ≤ {TARGET_TIME} | | | | ≤ {TARGET_MEMORY} |"
    late = [name for name, model in result["models"].items() if model["time ratio"] > TARGET_TIME]
    if late:
        yield f"\n{', '.join(late)} misses the target for time: {LATE}"
    yield "\nWhere the seconds go:\n"
    steps = list(next(iter(result["models"].values()))["hookline"]["steps"])
    yield f"| model | start and end | {' | '.join(steps)} |\n|---|{'---:|' * (len(steps) + 1)}"
    for name, model in result["models"].items():
        seconds = _seconds(model)
        yield f"| {name} | {' | '.join(f'{seconds[step]:.1f}' for step in ['start', *steps])} |"
    yield ""
    yield from (f"- {name}: {model['hookline']['reason']}" for name, model in result["models"].items())


def _row(name: str, model: dict[str, Any]) -> str:
    hand, ours = model["by hand"], model["hookline"]
    cells = (
        name,
        f"{hand['seconds']:.1f} s",
        f"{ours['seconds']:.1f} s",
        f"{model['time ratio']:.2f}",
        f"{model['processor ratio']:.2f}",
        f"{hand['peak_mib']:.0f} MiB",
        f"{ours['peak_mib']:.0f} MiB",
        f"{model['memory ratio']:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def _seconds(model: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of each step; what is not in any of them is start and end."""
    ours, steps = model["hookline"]["seconds"], model["hookline"]["steps"]
    return {**steps, "start": max(0.0, ours - sum(steps.values()))}


def _draw(models: dict[str, Any], path: Path) -> None:
    figure = Figure(figsize=(8, 1.1 + 0.85 * len(models)), layout="constrained")
    axes = figure.add_subplot()
    for place, model in enumerate(models.values()):
        y, left, seconds = 2.4 * place, 0.0, _seconds(model)
        axes.barh(y, model["by hand"]["seconds"], color=COLOURS["by hand"])
        for step in ["start", *model["hookline"]["steps"]]:
            label = step if place == 0 else None
            axes.barh(y + 0.9, seconds[step], left=left, color=COLOURS[step], label=label)
            left += seconds[step]
        limit = TARGET_TIME * model["by hand"]["seconds"]
        axes.plot([limit, limit], [y + 0.45, y + 1.35], color="#475569", linestyle=":", linewidth=1.5)
    axes.set_yticks(
        [2.4 * place + side for place in range(len(models)) for side in (0, 0.9)],
        [f"{name}, {side}" for name in models for side in ("by hand", "hookline")],
    )
    axes.invert_yaxis()
    axes.set_xlabel(f"seconds; dotted: {TARGET_TIME} times the work by hand")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, ncols=8, loc="outside upper center", fontsize=8, columnspacing=1.2)
    figure.savefig(path, metadata={"Date": None})
