"""A million records: no page is slow, and 100,000 truths are joined in seconds. Long, so not everyday."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from hookline.predlog.query.database import reading
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.overview import overview
from hookline.predlog.query.page import newest_page
from hookline.predlog.query.quality import quality
from hookline.predlog.sinks.sqlite.schema import migrate
from tests.framework.predlog.query.filled import SECOND, START, prediction
from tests.framework.predlog.writing import line_of

pytestmark = pytest.mark.soak
COUNT, TRUTHS = 1_000_000, 100_000
CLASSES = ("small", "large", "huge")


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log of a million records in four versions."""
    path = tmp_path_factory.mktemp("million") / "predictions.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, "million")
    connection.execute("BEGIN")
    marks = ", ".join("?" * 14)
    connection.executemany(f"INSERT INTO prediction VALUES ({marks})", _rows())  # noqa: S608 - marks only
    connection.executemany(
        "INSERT INTO truth VALUES (?, ?, ?, NULL, ?, 'r')",
        ((f"t-{n}", START, f"p-{n * 10:08d}", f'"{CLASSES[n % 3]}"') for n in range(TRUTHS)),
    )
    connection.execute("COMMIT")
    connection.close()
    return path


def _rows() -> Iterator[tuple[object, ...]]:
    for n in range(COUNT):
        label = "rare" if n % 10_000 == 0 else CLASSES[n % 3]
        version, caller = f"v{4 * n // COUNT}", f"c{n % 50_000}"
        flags = " unknown:plan " if n % 100 == 0 else None
        line = line_of(prediction(n, class_name=label, model_version=version, id=caller)).decode()
        at = START + n * SECOND
        yield (
            *(f"p-{n:08d}", at, f"r{n}", 0, "m", version, "predictions"),
            *(caller, label, 0.75, None, flags, 1.5, line),
        )


FILTERS = [
    Filter(),
    Filter(class_name="small"),
    Filter(class_name="rare"),
    Filter(model_version="v1"),
    Filter(model_version="v0", class_name="large"),
    Filter(model_version="v0", class_name="rare"),
    Filter(id="c77"),
    Filter(prediction_id="p-00000001"),
    Filter(flag="unknown"),
    Filter(flag="nothing"),
    Filter(since=START + 100_000 * SECOND, until=START + 200_000 * SECOND),
    Filter(text="nowhere"),
    Filter(text="nowhere", class_name="small"),
]


def shortest(database: Path, look: Callable[[sqlite3.Connection], object]) -> float:
    """Return the seconds that the fastest of five looks takes."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        with reading(database) as connection:
            look(connection)
        taken.append(time.perf_counter() - began)
    return min(taken)


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_any_filtered_page_of_a_million_records_takes_at_most_200_ms(million: Path, wanted: Filter) -> None:
    assert shortest(million, partial(newest_page, wanted=wanted)) <= 0.2


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_charts_of_a_million_records_which_the_page_asks_for_later_take_half_a_second(
    million: Path, wanted: Filter
) -> None:
    assert shortest(million, partial(overview, wanted=wanted)) <= 0.5


def test_a_hundred_thousand_truths_are_joined_within_5_seconds(million: Path) -> None:
    began = time.perf_counter()
    with reading(million) as connection:
        found = quality(connection, Filter())
    taken = time.perf_counter() - began
    assert sum(found.total(version).known for version in found.versions) == TRUTHS
    assert taken <= 5
