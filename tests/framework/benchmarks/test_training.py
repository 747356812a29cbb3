from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.process import cost
from benchmarks.training.report import section
from tests.house import ROOT

SIDE = {"seconds": 10.0, "cpu_seconds": 15.0, "peak_mib": 500.0}
MODEL = {
    "by hand": SIDE,
    "hookline": SIDE | {"seconds": 12.0, "steps": {"load": 1.0, "fit": 8.0}, "reason": "proved equal"},
    "time ratio": 1.2,
    "processor ratio": 1.1,
    "memory ratio": 1.05,
}


def test_the_section_sets_what_was_measured_beside_what_is_wanted(tmp_path: Path) -> None:
    result = {"rows": 1000, "columns": 20, "runs": 3, "models": {"forest": MODEL, "boosting": MODEL}}
    text = "\n".join(section(result, tmp_path))
    assert "| forest | 10.0 s | 12.0 s | 1.20 | 1.10 | 500 MiB | 500 MiB | 1.05 |" in text
    assert "| wanted | | | ≤ 1.25 | | | | ≤ 1.3 |" in text
    assert "| boosting | 3.0 | 1.0 | 8.0 |" in text
    assert (tmp_path / "benchmark-training.svg").read_text().count("<path") > 10


def test_the_cost_of_a_process_is_its_own() -> None:
    # In a process that holds little, like `python -m benchmarks`: a child starts with what its parent holds.
    code = (
        "import sys; from benchmarks.process import cost\n"
        "for mib in 300, 1: print(cost([sys.executable, '-c', f'x = bytearray({mib} * 2**20)'], {}).peak_mib)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    large, small = map(float, done.stdout.split())
    assert 300 < large < 400
    assert small < 100


def test_a_side_that_fails_fails_the_benchmark() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        cost([sys.executable, "-c", "raise SystemExit(3)"], {})
