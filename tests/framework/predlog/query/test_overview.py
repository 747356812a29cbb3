from __future__ import annotations

from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from hookline.predlog.query.database import reading
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.overview import OTHERS, Overview, overview, quantile
from hookline.predlog.query.summary import summary
from hookline.predlog.query.times import text_of
from tests.framework.predlog.query.filled import SECOND, START, fill, prediction, predictions

COUNT = 1_200


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("log") / "predictions.db", predictions(COUNT))


def seen(path: Path, wanted: Filter, *, seconds: float = 5) -> Overview:
    with reading(path) as connection:
        found = overview(connection, wanted, seconds=seconds)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Filter(), COUNT),
        (Filter(class_name="large"), 400),
        (Filter(model_version="v1"), 600),
        (Filter(model_version="v1", class_name="large"), 200),
        (Filter(flag="unknown"), 24),
        (Filter(id="c1"), 120),
        (Filter(text="basic"), COUNT),
        (Filter(since=START + 100 * SECOND, until=START + 200 * SECOND), 100),
    ],
)
def test_bars_add_up_to_what_matches(log: Path, wanted: Filter, count: int) -> None:
    found = seen(log, wanted)
    assert found.count == count
    assert not found.partial
    assert len(found.bars) <= 60
    classes = sum(bar.classes.total() for bar in found.bars)
    assert classes == count or (found.sampled and abs(classes - count) <= len(found.bars) * 3)
    assert all(bar.ms for bar in found.bars if bar.count)


def test_counts_that_time_cuts_short_say_so(log: Path) -> None:
    found = seen(log, Filter(text="basic"), seconds=0)
    assert found.partial
    assert 0 < found.count < COUNT
    assert found.until > START + (COUNT - 1) * SECOND, "the newest are counted first"


def test_many_classes_are_brought_together(tmp_path: Path) -> None:
    path = fill(tmp_path / "p.db", [prediction(n, class_name=f"class {n % 9}") for n in range(180)])
    found = seen(path, Filter())
    assert len(found.classes) == 6
    assert found.classes[-1] == OTHERS
    assert sum(bar.classes[OTHERS] for bar in found.bars) == 80


def test_values_of_a_regression_are_looked_at(tmp_path: Path) -> None:
    records = [prediction(n, value=float(n)) for n in range(50)]
    for record in records:
        del record["class_name"], record["probabilities"]
    found = seen(fill(tmp_path / "p.db", records), Filter())
    assert found.classes == []
    assert sorted(value for bar in found.bars for value in bar.values) == [float(n) for n in range(50)]


def test_there_is_no_overview_of_nothing(log: Path) -> None:
    with reading(log) as connection:
        for wanted in (Filter(class_name="none"), Filter(text="nowhere"), Filter(prediction_id="p-00000001")):
            assert overview(connection, wanted) is None


def test_what_came_at_once_is_looked_at_all_over(tmp_path: Path) -> None:
    """A slow first answer, then a burst of fast ones, and a slow one of long ago."""
    at = {"at": text_of(START + 500_000 * SECOND)}
    burst = [prediction(n, ms=9.0 if n <= 20 else n / 1_000, value=n / 1_000, **at) for n in range(1, 3_000)]
    for record in burst:
        record["class_name"] = "large" if record["ms"] <= 1 else "small"
    path = fill(tmp_path / "p.db", [prediction(0, ms=50.0, model_version="v2"), *burst])
    for wanted in (Filter(), Filter(model_version="v1")):
        found = seen(path, wanted)
        assert found.latency(0.5) == pytest.approx(1.5, abs=0.5)
        assert found.latency(0.95) == pytest.approx(2.85, abs=0.25)
        shares = Counter[str]()
        for bar in found.bars:
            shares += bar.classes
        assert shares["large"] / shares.total() == pytest.approx(1 / 3, abs=0.12)


def test_a_quiet_hour_counts_no_more_than_what_was_predicted_in_it(tmp_path: Path) -> None:
    quiet = [prediction(n * 1_000, ms=50.0) for n in range(50)]
    busy = [
        prediction(100_000 + n, ms=1.0 + n % 7, at=text_of(START + 60_000 * SECOND + n)) for n in range(2_000)
    ]
    found = seen(fill(tmp_path / "p.db", [*quiet, *busy]), Filter())
    assert found.count == 2_050
    assert found.latency(0.5) == pytest.approx(4.0, abs=1)
    assert found.latency(0.95) in (6.0, 7.0)


def test_a_quantile_is_a_number_that_occurs() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0], 0.95) == 1.0


def test_the_log_in_a_few_numbers(log: Path) -> None:
    with reading(log) as connection:
        found = summary(connection, Filter(), UTC)
        nothing = summary(connection, Filter(class_name="none"), UTC)
    assert found["predictions"] == COUNT
    assert found["first"] == "2025-11-13T02:13:20.000000Z"
    assert found["median_ms"] == 1.5
    assert found["versions"] == 2
    assert {one["class_name"]: one["count"] for one in found["classes"]} == dict.fromkeys(
        ("small", "large", "huge"), 400
    )
    assert nothing["predictions"] == 0
    assert nothing["first"] is None
