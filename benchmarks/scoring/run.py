"""Measure `hookline score` and the script by hand in turn, each run in a process of its own."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.process import Cost, cost

PROJECT = Path(__file__).parent.parent / "training" / "project"
MODELS = ("random forest", "random forest, n_jobs=-1", "logistic regression")
FORMATS = ("parquet", "csv")
RUNS = 5
ROWS = 1_000_000
TRAINED = 30_000
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE"}


def run(rows: int = ROWS, trained: int = TRAINED, runs: int = RUNS) -> dict[str, Any]:
    """Return medians for each model, format and side."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _python("benchmarks.training.data", folder / "training.parquet", trained)
        _python("benchmarks.training.data", folder / "in.parquet", rows)
        _python("benchmarks.scoring.convert", folder / "in.parquet", folder / "in.csv", rows)
        _python("benchmarks.scoring.convert", folder / "in.parquet", folder / "quarter.parquet", rows // 4)
        cases = {name: _compare(name, folder, runs) for name in MODELS}
    return {"rows": rows, "trained": trained, "columns": 20, "runs": runs, "models": cases}


def _compare(name: str, folder: Path, runs: int) -> dict[str, Any]:
    project, pipeline = _trained(name, folder)
    found: dict[str, Any] = {kind: _measure(name, kind, folder, runs) for kind in FORMATS}
    whole = found["parquet"]["hookline"]["peak_mib"]
    command = _score(project, folder / "quarter.parquet", folder / "out.parquet")
    quarter = _medians([cost(command, ENVIRONMENT) for _ in range(runs)])["peak_mib"]
    shutil.rmtree(project)
    pipeline.unlink()
    return found | {"growth": whole / quarter}


def _measure(name: str, kind: str, folder: Path, runs: int) -> dict[str, Any]:
    given, outs = folder / f"in.{kind}", [folder / f"{side}.{kind}" for side in ("hand", "out")]
    commands = {
        "by hand": _command("benchmarks.scoring.by_hand", folder / "pipeline.joblib", given, outs[0]),
        "hookline": _score(folder / "project", given, outs[1]),
    }
    sides: dict[str, list[Cost]] = {side: [] for side in commands}
    for turn in range(runs):
        for side, command in commands.items():
            sides[side].append(done := cost(command, ENVIRONMENT))
            print(f"{name}, {kind}, {side}, run {turn + 1}: {done.seconds:.1f} s, {done.peak_mib:.0f} MiB")
    _python("benchmarks.scoring.same", *outs)
    hand, ours = _medians(sides["by hand"]), _medians(sides["hookline"])
    return {"by hand": hand, "hookline": ours, "times as fast": hand["seconds"] / ours["seconds"]}


def _trained(name: str, folder: Path) -> tuple[Path, Path]:
    """Train both sides on the same rows."""
    project, pipeline = folder / "project", folder / "pipeline.joblib"
    shutil.copytree(PROJECT, project)
    train = project / "source" / "model" / "train.py"
    train.write_text(train.read_text().replace("benchmarks.training", "benchmarks.scoring"))
    environment = {"BENCH_DATA": str(folder / "training.parquet"), "BENCH_MODEL": name}
    cost([sys.executable, "-m", "hookline.cli", "train", "-q", "-C", str(project)], environment)
    _python("benchmarks.scoring.fit", folder / "training.parquet", name, pipeline)
    return project, pipeline


def _score(project: Path, given: Path, out: Path) -> list[str]:
    return _command("hookline.cli", "score", given, out, "-C", project, "-q", "--force")


def _command(module: str, *words: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, words)]


def _python(module: str, *words: object) -> None:
    subprocess.run(_command(module, *words), check=True)


def _medians(costs: list[Cost]) -> dict[str, Any]:
    return {
        "seconds": statistics.median(each.seconds for each in costs),
        "cpu_seconds": statistics.median(each.cpu_seconds for each in costs),
        "peak_mib": statistics.median(each.peak_mib for each in costs),
        "all_seconds": [each.seconds for each in costs],
    }
