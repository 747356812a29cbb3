from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.framework.cli.conftest import Hookline
from tests.framework.predlog.query.filled import fill, prediction, truth


@pytest.fixture
def measured(project: Path) -> Path:
    """Return a project with ten predictions in two versions; of five the truth is known, three were right."""
    records = [prediction(number, model_version="v1" if number < 6 else "v2") for number in range(10)]
    truths = [truth(number, "small" if number % 2 else "large") for number in (0, 1, 3, 5, 8)]
    held = truth(90, "small", prediction_id="p-later")
    fill(project / "var" / "predictions.db", [*records, *truths, held])
    return project


def test_quality_shows_metrics_and_coverage_by_version(hookline: Hookline, measured: Path) -> None:
    done = hookline("quality", "-C", measured)
    assert (done.code, done.errors) == (0, "")
    lines = [line.split() for line in done.said.splitlines()]
    assert ["v1", "6", "66.7%", "0.75", "0.4286"] in lines
    assert ["v2", "4", "25.0%", "0", "0"] in lines
    assert done.said.splitlines()[-1] == "6 truths told, 1 held until their prediction arrives"


def test_quality_of_a_version_for_machines(hookline: Hookline, measured: Path) -> None:
    found = json.loads(hookline("quality", "-C", measured, "--version", "v1", "--json").said)
    (version,) = found["versions"]
    assert (version["predictions"], version["truths"], version["accuracy"]) == (6, 4, 0.75)
    assert found["unmatched"] == 1


def test_quality_of_numbers(hookline: Hookline, regression: Path) -> None:
    number = {"class_name": None, "probabilities": None}
    records = [prediction(n, value=10.0, **number) for n in range(3)]
    fill(regression / "var" / "predictions.db", [*records, truth(0, 9.0), truth(1, 12.0)])
    done = hookline("quality", "-C", regression)
    titles, _, row, *_ = [line.split() for line in done.said.splitlines() if line.strip()]
    assert titles == ["version", "predictions", "coverage", "rmse", "mae", "bias", "r2"]
    assert row == ["v1", "3", "66.7%", "1.581", "1.5", "-0.5", "-0.1111"]


@pytest.mark.parametrize("actual", [1e200, -1e307])
def test_a_truth_beyond_all_measure_leaves_what_cannot_be_measured_out(
    hookline: Hookline, regression: Path, actual: float
) -> None:
    number = {"class_name": None, "probabilities": None}
    records = [prediction(n, value=10.0, **number) for n in range(2)]
    fill(regression / "var" / "predictions.db", [*records, truth(0, actual), truth(1, actual)])
    done = hookline("quality", "-C", regression, "--json")
    assert (done.code, done.errors) == (0, "")
    (version,) = json.loads(done.said)["versions"]
    assert (version["rmse"], version["r2"]) == (None, None)
    assert version["mae"] == abs(actual)
    assert hookline("quality", "-C", regression).code == 0


def test_quality_of_nothing_says_so(hookline: Hookline, measured: Path) -> None:
    done = hookline("quality", "-C", measured, "--version", "v9")
    assert (done.code, done.errors) == (0, "")
    assert "6 truths told" in done.said
    assert done.said.startswith("no prediction matches\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--since", "x"], "since is not a time"), ([], "no prediction is in the log's database yet")],
)
def test_quality_says_what_is_wrong(hookline: Hookline, project: Path, words: list[str], says: str) -> None:
    done = hookline("quality", "-C", project, *words)
    assert (done.code, done.said) == (1, "")
    assert says in done.errors
