from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookline.predlog import reader
from hookline.predlog.journal.read import Piece, read_piece
from hookline.predlog.reader import Odd, read
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.trail import START, Trail, trails
from tests.framework.predlog.writing import Scribe, line_of, prediction, predictions


@pytest.fixture
def scribe(tmp_path: Path) -> Scribe:
    return Scribe(tmp_path)


def everything(trail: Trail, most_rows: int = 3, most_bytes: int = 1024) -> list[str]:
    found: list[str] = []
    place = START
    while True:
        place, batch = read(trail, place, most_rows=most_rows, most_bytes=most_bytes)
        if batch is None:
            return found
        assert isinstance(batch, Batch)
        assert batch.start == place
        found += [record["prediction_id"] for record in batch.records]
        place = batch.end


def ids(scribe: Scribe) -> list[str]:
    return [record["prediction_id"] for record in scribe.records]


@pytest.mark.parametrize("alive", [True, False], ids=["alive", "dead"])
def test_records_come_in_order_through_all_segments(scribe: Scribe, alive: bool) -> None:
    for _ in range(3):
        scribe.append(*predictions(7))
        scribe.roll()
    if not alive:
        scribe.die()
    assert everything(Trail(scribe.path)) == ids(scribe)


def test_a_living_writers_records_are_read_only_as_far_as_it_says_they_hold(scribe: Scribe) -> None:
    scribe.append(*predictions(2))
    scribe.append(*predictions(3), say=False)
    assert everything(Trail(scribe.path)) == ids(scribe)[:2]


def test_a_dead_writers_records_are_read_to_the_last_newline(scribe: Scribe) -> None:
    scribe.append(*predictions(2))
    scribe.append(*predictions(3), say=False)
    scribe.die(torn=b'{"kind":"predic')
    assert everything(Trail(scribe.path)) == ids(scribe)


def test_a_segment_that_was_announced_and_not_made_yet_is_waited_for(scribe: Scribe) -> None:
    scribe.append(prediction())
    scribe.roll()
    trail = Trail(scribe.path)
    _, batch = read(trail, START)
    assert isinstance(batch, Batch)
    assert read(trail, batch.end) == (Position(2, 0), None)
    scribe.append(prediction())
    assert everything(trail) == ids(scribe)


def test_a_record_larger_than_a_read_comes_whole(scribe: Scribe) -> None:
    scribe.append(prediction(), prediction(features={"text": "x" * 50_000}), prediction())
    assert everything(Trail(scribe.path)) == ids(scribe)


@pytest.mark.parametrize("line", [b"not json", b"[1]", b"", b"\xff\xfe", b"[" * 100_000, b"\0" * 10])
def test_a_line_that_is_no_record_comes_alone(scribe: Scribe, line: bytes) -> None:
    scribe.append(*predictions(2))
    scribe.write(line + b"\n", 1)
    scribe.append(prediction())
    trail = Trail(scribe.path)
    _, before = read(trail, START)
    assert isinstance(before, Batch)
    assert len(before) == 2
    _, odd = read(trail, before.end)
    assert isinstance(odd, Odd)
    assert (odd.line, odd.erased) == (line, False)
    _, after = read(trail, odd.end)
    assert isinstance(after, Batch)
    assert after.records == scribe.records[2:]


def test_an_erased_record_is_told_from_a_broken_one(scribe: Scribe) -> None:
    scribe.write(line_of({"kind": "erased"}) + b" " * 40 + b"\n", 1)
    _, odd = read(Trail(scribe.path), START)
    assert isinstance(odd, Odd)
    assert odd.erased


def test_the_cut_parts_of_a_batch_know_their_places(scribe: Scribe) -> None:
    scribe.append(*predictions(5))
    trail = Trail(scribe.path)
    _, batch = read(trail, START)
    assert isinstance(batch, Batch)
    for parts in (list(batch.cut()), list(batch.cut((0, 3)))):
        assert [record for part in parts for record in part.records] == batch.records
        assert parts[0].start == batch.start
        assert parts[-1].end == batch.end
        for part in parts:
            _, again = read(trail, part.start, most_rows=len(part))
            assert isinstance(again, Batch)
            assert (again.records, again.end) == (part.records, part.end)


def test_a_folder_that_is_gone_is_empty(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "gone")
    assert read(trail, START) == (START, None)
    assert (trail.segments(), trail.size(1), trail.counted(), trail.lines()) == ([], 0, (0, 0), 0)
    assert trails(tmp_path / "nowhere") == []


def test_finishing_cuts_the_torn_tail_and_corrects_a_count_that_lags(scribe: Scribe) -> None:
    scribe.append(*predictions(2))
    scribe.append(*predictions(3), say=False)
    scribe.die(torn=b"x" * 2_000_000)
    trail = Trail(scribe.path)
    assert trail.finish(after=0, rows=0) == 2_000_000
    assert trail.counted() == (5, 0)
    assert trail.finish(after=0, rows=0) == 0
    assert everything(trail) == ids(scribe)


def test_a_count_that_is_ahead_of_the_lines_is_left_so_that_the_loss_is_seen(scribe: Scribe) -> None:
    scribe.append(*predictions(4))
    scribe.segment.write_bytes(b"")
    scribe.die()
    trail = Trail(scribe.path)
    trail.finish(after=0, rows=0)
    assert trail.counted() == (4, 0)


def test_a_writer_that_died_before_it_could_count_is_counted(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    scribe.append(prediction())
    scribe.die()
    (scribe.path / "counts").unlink()
    trail = Trail(scribe.path)
    trail.finish(after=0, rows=0)
    assert trail.counted() == (1, 0)


def test_a_record_that_was_overwritten_while_it_was_read_is_looked_at_once_more(
    scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    scribe.append(*predictions(2))
    pieces: list[Piece] = []

    def torn_at_first(*args: Any, **options: Any) -> Piece:
        piece = read_piece(*args, **options)
        pieces.append(piece)
        if len(pieces) == 1:
            piece.lines[0] = b'{"kind":"erased"}   ' + piece.lines[0][20:]
        return piece

    monkeypatch.setattr(reader, "read_piece", torn_at_first)
    assert everything(Trail(scribe.path)) == ids(scribe)
