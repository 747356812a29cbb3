"""Numbers → docs/benchmarks.md and its pictures. Each part has a section for as long as it has results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl

from benchmarks.beginning import report as beginning
from benchmarks.outage import report as outage
from benchmarks.peers import report as peers
from benchmarks.scoring import report as scoring
from benchmarks.serving import report as serving
from benchmarks.training import report as training

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SECTIONS: dict[str, Callable[[dict[str, Any], Path], Iterator[str]]] = {
    "beginning": beginning.section,
    "serving": serving.section,
    "outage": outage.section,
    "peers": peers.section,
    "scoring": scoring.section,
    "training": training.section,
}


def main() -> None:
    """Write the page."""
    mpl.rcParams["svg.hashsalt"] = "hookline"  # a picture of the same numbers is the same file
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join(_page()) + "\n", encoding="utf-8")


def _page() -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "Written by `make bench` from the numbers in `benchmarks/results/`; do not edit by hand."
    yield "\n<!-- not run: takes minutes -->\n```console\n$ make bench\n```"
    for part, section in SECTIONS.items():
        path = ROOT / "benchmarks" / "results" / f"{part}.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            yield ""
            yield from section(result, PICTURES)
            yield "\nMeasured on:\n"
            yield from (f"- {name}: {what}" for name, what in result["machine"].items())


if __name__ == "__main__":
    main()
