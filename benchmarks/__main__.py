"""`make bench`: measure, keep the numbers in benchmarks/results/, and write docs/benchmarks.md from them.

`python -m benchmarks PART ...` measures these parts only; `python -m benchmarks report` measures none and
writes the page again. `peers` (`make bench-peers`) is measured on request only: it installs other servers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.beginning import run as beginning
from benchmarks.machine import machine
from benchmarks.outage import run as outage
from benchmarks.peers import run as peers
from benchmarks.scoring import run as scoring
from benchmarks.serving import run as serving
from benchmarks.training import run as training

RESULTS = Path(__file__).resolve().parent / "results"
PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "beginning": beginning.run,
    "serving": serving.run,
    "outage": outage.run,
    "scoring": scoring.run,
    "training": training.run,
    "peers": peers.run,
}
USUAL = [part for part in PARTS if part != "peers"]


def main(words: list[str]) -> None:
    """Measure, then write the page."""
    RESULTS.mkdir(exist_ok=True)
    for part in [word for word in words or USUAL if word != "report"]:
        measured = {"machine": machine(), **PARTS[part]()}
        (RESULTS / f"{part}.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    # In a process of its own: what it imports would count as memory of the programs measured.
    subprocess.run([sys.executable, "-m", "benchmarks.report"], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
