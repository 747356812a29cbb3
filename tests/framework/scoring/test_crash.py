from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hookline.contract import Contract
from hookline.project import Project
from hookline.scoring.formats import CsvFormat, ParquetFormat
from hookline.scoring.score import Wishes, score
from hookline.scoring.state import StateFile
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import mixed_rows, write_csv
from tests.house import ROOT

NEVER = 10**9
ROWS = 200


def start(project: Project, given: Path, out: Path, stop_at: int, *how: str) -> subprocess.Popen[str]:
    words = [str(project.root), str(given), str(out), str(stop_at), *how]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.framework.scoring.child", *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_at(project: Project, given: Path, out: Path, stop_at: int) -> None:
    with start(project, given, out, stop_at) as child:
        assert child.stdout
        assert child.stdout.readline().startswith("at ")
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert not out.exists()


def run_through(project: Project, given: Path, out: Path, *how: str) -> None:
    with start(project, given, out, NEVER, *how) as child:
        pass
    assert child.returncode == 0


@pytest.fixture
def given_rows(mixed: Contract, tmp_path: Path) -> Path:
    return write_csv(tmp_path / "in.csv", mixed_rows(mixed, ROWS, wrong_every=9))


@pytest.mark.parametrize("into", ["csv", pytest.param("parquet", marks=pytest.mark.slow)])
def test_a_run_killed_at_any_time_gives_what_one_gives_that_was_not(
    trained: Trained, given_rows: Path, tmp_path: Path, into: str
) -> None:
    project, out, whole = trained("mixed"), tmp_path / f"out.{into}", tmp_path / f"whole.{into}"
    for stop_at in (1, 90, ROWS):
        kill_at(project, given_rows, out, stop_at)
    run_through(project, given_rows, out)
    run_through(project, given_rows, whole)
    assert out.read_bytes() == whole.read_bytes()
    errors = [path.with_name(f"{path.name}.errors.jsonl").read_bytes() for path in (out, whole)]
    assert errors[0] == errors[1]
    assert errors[0].count(b"\n") == ROWS // 9
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.slow
def test_a_run_that_cuts_nothing_back_is_found_out(
    trained: Trained, given_rows: Path, tmp_path: Path
) -> None:
    project, out, whole = trained("mixed"), tmp_path / "out.csv", tmp_path / "whole.csv"
    kill_at(project, given_rows, out, 90)
    run_through(project, given_rows, out, "careless")
    run_through(project, given_rows, whole)
    assert out.read_bytes() != whole.read_bytes()


@pytest.mark.parametrize("into", ["csv", "parquet"])
@pytest.mark.parametrize("step", ["errors", "rows"])
def test_a_crash_between_the_last_steps_loses_nothing(
    trained: Trained, given_rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, into: str, step: str
) -> None:
    class CrashError(Exception):
        """Stand in for the power going off."""

    def crash(*_: object) -> None:
        raise CrashError

    project, out, whole = trained("mixed"), tmp_path / f"out.{into}", tmp_path / f"whole.{into}"
    with monkeypatch.context() as patch:
        if step == "errors":
            patch.setattr(CsvFormat if into == "csv" else ParquetFormat, "finish", crash)
        else:
            patch.setattr(StateFile, "remove", crash)
        with pytest.raises(CrashError):
            score(project, str(given_rows), out, Wishes(ids=["id"]))
    result = score(project, str(given_rows), out, Wishes(ids=["id"]))
    score(project, str(given_rows), whole, Wishes(ids=["id"]))
    assert (result.rows, result.resumed, result.refused) == (ROWS, ROWS, ROWS // 9)
    assert out.read_bytes() == whole.read_bytes()
    assert result.errors
    assert result.errors.read_bytes() == whole.with_name(f"{whole.name}.errors.jsonl").read_bytes()
    assert len(list(tmp_path.iterdir())) == 5


INTERRUPTED = """\
import time
from hookline.cli import main, score_progress
from hookline.scoring.sources.csv import CsvSource

CsvSource.block = 2000

def waiting(out):
    def report(rows, refused, share):
        if rows > 90:
            print("at", rows, flush=True)
            while True:  # a signal just before one long call would only be seen after it
                time.sleep(0.05)
    return report

score_progress.lines = waiting
main()
"""


def test_an_interrupted_command_says_how_to_go_on(trained: Trained, given_rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "an out.csv"
    words = ["score", str(given_rows), str(out), "-C", str(trained("mixed").root), "--id", "id"]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *words, "--force"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout
        assert child.stderr
        assert child.stdout.readline().startswith("at ")
        child.send_signal(signal.SIGINT)
        said = child.stderr.read()
    assert child.returncode == 130
    assert said == f"interrupted; to go on: {shlex.join(['hookline', *words])}\n"
    again = subprocess.run(
        [sys.executable, "-m", "hookline.cli", *words, "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(again.stdout)["rows"] == ROWS
    run_through(trained("mixed"), given_rows, tmp_path / "whole.csv")
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
