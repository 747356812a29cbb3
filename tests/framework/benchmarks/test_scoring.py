from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from benchmarks.scoring.report import section
from tests.house import ROOT

SIDE = {"seconds": 10.0, "peak_mib": 500.0}


def case(times: float) -> dict[str, object]:
    return {"by hand": SIDE, "hookline": SIDE, "times as fast": times}


def test_the_section_sets_what_was_measured_beside_what_is_wanted(tmp_path: Path) -> None:
    models = {
        "random forest": {"parquet": case(2.5), "csv": case(1.5), "growth": 1.04},
        "logistic regression": {"parquet": case(1.5), "csv": case(0.5), "growth": 2.0},
    }
    result = {"rows": 1000, "trained": 100, "columns": 20, "runs": 3, "models": models}
    text = "\n".join(section(result, tmp_path))
    assert "| random forest | parquet | 10.0 s | 10.0 s | 2.50 | ≥ 2 | 500 MiB | 500 MiB |" in text
    assert "| random forest | csv | 10.0 s | 10.0 s | **1.50** | ≥ 2 | 500 MiB | 500 MiB |" in text
    assert "| logistic regression | parquet | 10.0 s | 10.0 s | 1.50 | ≥ 1 | 500 MiB | 500 MiB |" in text
    assert "| logistic regression | csv | 10.0 s | 10.0 s | **0.50** | ≥ 1 | 500 MiB | 500 MiB |" in text
    assert "- random forest: 1.04 times as much\n- logistic regression: 2.00 times as much (missed)" in text


@pytest.mark.parametrize(("other", "code"), [(["a", "b"], 0), (["b", "a"], 1)], ids=["same", "other order"])
def test_files_with_other_answers_fail_the_benchmark(tmp_path: Path, other: list[str], code: int) -> None:
    for name, words in (("one.parquet", ["a", "b"]), ("other.parquet", other)):
        parquet.write_table(pa.table({"class_name": words}), tmp_path / name)
    command = [sys.executable, "-m", "benchmarks.scoring.same"]
    command += [str(tmp_path / name) for name in ("one.parquet", "other.parquet")]
    assert subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == code
