"""Measure both sides in turn, several times, each run in a process of its own."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.process import Cost, cost

HERE = Path(__file__).parent
MODELS = ("random forest", "gradient boosting")
RUNS = 3
ROWS = 1_000_000


def run(rows: int = ROWS, runs: int = RUNS) -> dict[str, Any]:
    """Return medians for each model and side."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data.parquet"
        subprocess.run([sys.executable, "-m", "benchmarks.training.data", str(data), str(rows)], check=True)
        project = Path(scratch) / "project"
        shutil.copytree(HERE / "project", project)
        models = {name: _compare(name, data, project, runs) for name in MODELS}
    return {"rows": rows, "columns": 20, "runs": runs, "models": models}


def _compare(name: str, data: Path, project: Path, runs: int) -> dict[str, Any]:
    # Threads that wait must not spin: on a machine with neighbours they would time each other, not the work.
    environment = {"BENCH_DATA": str(data), "BENCH_MODEL": name, "OMP_WAIT_POLICY": "PASSIVE"}
    by_hand = [sys.executable, "-m", "benchmarks.training.by_hand"]
    by_hand += [str(data), name, str(project / "model.joblib")]
    hookline = [sys.executable, "-m", "hookline.cli", "train", "--json", "-C", str(project)]
    sides: dict[str, list[Cost]] = {"by hand": [], "hookline": []}
    for turn in range(runs):
        for side, command in (("by hand", by_hand), ("hookline", hookline)):
            sides[side].append(cost(command, environment))
            done = sides[side][-1]
            print(
                f"{name}, {side}, run {turn + 1}: {done.seconds:.1f} s, {done.peak_mib:.0f} MiB", flush=True
            )
    answers = [json.loads(done.output) for done in sides["hookline"]]
    steps = {
        step: statistics.median(each["seconds"][step] for each in answers) for step in answers[0]["seconds"]
    }
    hand, ours = _medians(sides["by hand"]), _medians(sides["hookline"])
    return {
        "by hand": hand,
        "hookline": ours | {"steps": steps, "reason": answers[-1]["reason"]},
        "time ratio": ours["seconds"] / hand["seconds"],
        "processor ratio": ours["cpu_seconds"] / hand["cpu_seconds"],
        "memory ratio": ours["peak_mib"] / hand["peak_mib"],
    }


def _medians(costs: list[Cost]) -> dict[str, Any]:
    return {
        "seconds": statistics.median(each.seconds for each in costs),
        "cpu_seconds": statistics.median(each.cpu_seconds for each in costs),
        "peak_mib": statistics.median(each.peak_mib for each in costs),
        "all_seconds": [each.seconds for each in costs],
        "all_peak_mib": [each.peak_mib for each in costs],
    }
