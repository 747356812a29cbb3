from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.cursor import Cursor
from hookline.predlog.sinks.sink import CursorKeeping, RecordsRefused, SinkUnavailable, Tended
from hookline.predlog.sinks.sqlite.database import aside, damage
from hookline.predlog.sinks.sqlite.schema import NewerDatabaseError, migrations
from hookline.predlog.sinks.sqlite.sink import SqliteSink
from tests.framework.predlog.writing import batch_of, line_of, prediction, predictions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "predictions.db"


@pytest.fixture
def sink(path: Path) -> Iterator[SqliteSink]:
    sink = SqliteSink(path)
    yield sink
    sink.close()


def ask(path: Path, words: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(words).fetchall()


def test_a_prediction_is_stored_with_its_columns_and_its_line(sink: SqliteSink, path: Path) -> None:
    record = prediction(id="é\N{PILE OF POO}", row=3, flags=["unknown:plan", "default:age"])
    sink.deliver(batch_of([record]))
    (row,) = ask(path, "SELECT * FROM prediction")
    at = 1_795_262_400_123_456
    assert row[:8] == (record["prediction_id"], at, "r", 3, "m", "v1", "predictions", record["id"])
    assert row[8:13] == ("large", 0.75, None, " unknown:plan default:age ", 1.25)
    assert row[13].encode() == line_of(record)


def test_every_kind_of_record_is_stored(sink: SqliteSink, path: Path) -> None:
    at = "2026-11-21T12:00:00.000001Z"
    regression = {"kind": "prediction", "prediction_id": "p", "at": at, "value": 3.5}
    truth = {"kind": "truth", "truth_id": "t", "at": at, "prediction_id": "p", "actual": ["é", None]}
    model = {"kind": "model", "event_id": "e", "at": at, "model_id": "m", "model_version": "v"}
    sink.deliver(batch_of([regression, truth, model]))
    assert ask(path, "SELECT prediction_id, class_name, value, flags FROM prediction") == [
        ("p", None, 3.5, None)
    ]
    assert ask(path, "SELECT truth_id, prediction_id, id, actual FROM truth") == [
        ("t", "p", None, '["é", null]')
    ]
    assert ask(path, "SELECT event_id, model_version FROM model") == [("e", "v")]


def test_records_that_come_again_are_stored_once(sink: SqliteSink, path: Path) -> None:
    records = predictions(10)
    sink.deliver(batch_of(records[:6]))
    sink.deliver(batch_of(records))
    assert ask(path, "SELECT count(*) FROM prediction") == [(10,)]


def test_the_cursor_moves_with_the_records(sink: SqliteSink) -> None:
    batch = batch_of(predictions(4))
    sink.deliver(batch)
    assert sink.cursors.load() == {"w": Cursor(1, batch.end.offset, delivered=4)}
    sink.cursors.save({"w": Cursor(2, 0, 4, 1, 1), "": Cursor(1)}, ["nobody"])
    sink.deliver(batch_of(predictions(2), writer="v"))
    assert set(sink.cursors.load()) == {"w", "v", ""}
    sink.cursors.save({}, ["w", "v"])
    assert sink.cursors.load() == {"": Cursor(1)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"at": "yesterday"}, "not a prediction record"),
        ({"at": None}, "not a prediction record"),
        ({"kind": "riddle"}, "'riddle' are unknown"),
        ({"kind": None}, "None are unknown"),
        ({"kind": "truth"}, "it has no 'actual'"),
        ({"probabilities": [1, 2]}, "not a prediction record"),
        ({"row": 2**70}, "SQLite cannot store it"),
        ({"prediction_id": None}, "SQLite cannot store it"),
        ({"id": {"a": 1}}, "SQLite cannot store it"),
    ],
    ids=str,
)
def test_what_cannot_be_stored_is_refused_and_nothing_beside_it_is_stored(
    sink: SqliteSink, path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(RecordsRefused, match=words):
        sink.deliver(batch_of([prediction(), prediction(**changes)]))
    sink.deliver(batch_of([prediction()]))
    assert ask(path, "SELECT count(*) FROM prediction") == [(1,)]
    assert sink.cursors.load()["w"].delivered == 1


def test_a_refusal_names_the_bad_ones(sink: SqliteSink) -> None:
    with pytest.raises(RecordsRefused) as refusal:
        sink.deliver(batch_of([prediction(), prediction(at=1), prediction(), {"kind": "model"}]))
    assert refusal.value.positions == (1, 3)


def test_the_database_is_read_while_it_is_written(sink: SqliteSink, path: Path) -> None:
    sink.deliver(batch_of(predictions(2)))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM prediction").fetchone() == (2,)
        sink.deliver(batch_of(predictions(3)))
        assert reader.execute("SELECT count(*) FROM prediction").fetchone() == (2,)
    assert ask(path, "SELECT count(*) FROM prediction") == [(5,)]


def test_a_database_of_a_later_version_is_left_alone(path: Path) -> None:
    first = SqliteSink(path)
    first.deliver(batch_of([prediction()]))
    first.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    sink = SqliteSink(path)
    with pytest.raises(NewerDatabaseError, match=r"has schema 999, .* knows up to \d+: .* install"):
        sink.deliver(batch_of([prediction()]))
    sink.close()
    assert path.read_bytes() == before
    assert issubclass(
        NewerDatabaseError, SinkUnavailable
    )  # asked again, so installing that version is enough


def test_an_older_database_is_brought_up_to_date(path: Path) -> None:
    path.parent.mkdir()
    number, script = migrations()[0]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{script} PRAGMA user_version = {number}")
    sink = SqliteSink(path)
    sink.deliver(batch_of([prediction()]))
    sink.close()
    assert ask(path, "PRAGMA user_version") == [(migrations()[-1][0],)]
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize("harm", ["no database", "torn pages"])
def test_a_damaged_database_is_moved_aside_and_kept(path: Path, harm: str) -> None:
    first = SqliteSink(path)
    for _ in range(20):
        first.deliver(batch_of(predictions(100)))
    first.close()
    content = path.read_bytes()
    bad = b"x" * 5_000 if harm == "no database" else content[:4096] + os.urandom(len(content) - 4096)
    path.write_bytes(bad)
    sink = SqliteSink(path)
    with pytest.raises(SinkUnavailable, match=r"damaged .* it was moved to predictions.db.damaged-"):
        sink.deliver(batch_of(predictions(2_000)))
    (kept,) = aside(path)
    assert len(kept.read_bytes()) >= len(bad)
    sink.deliver(batch_of(predictions(3)))
    sink.close()
    assert ask(path, "SELECT count(*) FROM prediction") == [(3,)]
    assert damage(path) == []
    assert damage(kept)


def test_a_database_that_was_moved_away_is_noticed_before_anything_is_written(path: Path) -> None:
    sink = SqliteSink(path)
    sink.deliver(batch_of([prediction()]))
    shutil.move(path, path.with_name("elsewhere.db"))
    with pytest.raises(SinkUnavailable, match="was moved or deleted meanwhile"):
        sink.deliver(batch_of([prediction()]))
    assert sink.cursors.load() == {}
    sink.deliver(batch_of([prediction()]))
    sink.close()
    assert ask(path, "SELECT count(*) FROM prediction") == [(1,)]


def test_a_place_that_cannot_be_written_is_a_reason_to_wait(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    sink = SqliteSink(tmp_path / "var" / "predictions.db")
    with pytest.raises(SinkUnavailable, match="cannot be written"):
        sink.deliver(batch_of([prediction()]))


def test_a_database_that_another_writes_is_a_reason_to_wait(
    sink: SqliteSink, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.deliver(batch_of([prediction()]))
    with sink._database.connected() as connection:
        connection.execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SinkUnavailable, match="database is locked"):
            sink.deliver(batch_of([prediction()]))
    sink.deliver(batch_of([prediction()]))
    assert ask(path, "SELECT count(*) FROM prediction") == [(2,)]


def test_predictions_are_kept_for_so_many_days(path: Path) -> None:
    sink = SqliteSink(path, keep_days=1.5)
    now = datetime.now(UTC)
    ages = [0.1, 1.4, 1.6, 30]
    times = [(now - timedelta(days=age)).isoformat() for age in ages]
    truth = {"kind": "truth", "truth_id": "t", "at": times[3], "actual": 1}
    sink.deliver(batch_of([*(prediction(at=at, row=row) for row, at in enumerate(times)), truth]))
    sink.tend()
    sink.close()
    assert ask(path, "SELECT row FROM prediction ORDER BY row") == [(0,), (1,)]
    assert ask(path, "SELECT count(*) FROM truth") == [(0,)]


def test_the_oldest_predictions_go_when_the_file_is_too_large(path: Path) -> None:
    most = 1_000_000
    sink = SqliteSink(path, keep_bytes=most)
    records = predictions(6_000)
    for start in range(0, 6_000, 1_000):
        sink.deliver(batch_of(records[start : start + 1_000]))
    end = time.monotonic() + 20
    while time.monotonic() < end and not (all_is_in_the_file(sink) and path.stat().st_size <= most):
        sink.tend()
    sink.close()
    assert path.stat().st_size <= most
    kept = ask(path, "SELECT prediction_id FROM prediction ORDER BY at")
    assert 500 < len(kept) < 6_000
    assert [name for (name,) in kept] == [record["prediction_id"] for record in records[-len(kept) :]]


def all_is_in_the_file(sink: SqliteSink) -> bool:
    with sink._database.connected() as connection:
        return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)


def test_a_limit_that_nothing_fits_in_ends(path: Path) -> None:
    sink = SqliteSink(path, keep_bytes=1)
    sink.deliver(batch_of(predictions(10)))
    sink.tend()
    sink.tend()
    assert ask(path, "SELECT count(*) FROM prediction") == [(0,)]
    sink.close()


def test_without_limits_everything_is_kept(sink: SqliteSink, path: Path) -> None:
    sink.deliver(batch_of(predictions(10, at="1999-01-01T00:00:00Z")))
    sink.tend()
    assert ask(path, "SELECT count(*) FROM prediction") == [(10,)]


def test_it_is_a_sink_that_keeps_its_cursor_and_is_tended(sink: SqliteSink) -> None:
    assert isinstance(sink, CursorKeeping)
    assert isinstance(sink, Tended)
    assert damage(Path("nowhere.db")) == []
