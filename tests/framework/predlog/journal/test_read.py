from __future__ import annotations

from pathlib import Path

import pytest

from hookline.predlog.journal.counts import read_counts
from hookline.predlog.journal.read import (
    holds_to,
    is_alive,
    read_all,
    read_piece,
    segment_name,
    segments,
    writers,
)
from hookline.predlog.journal.writer import Journal
from hookline.predlog.sinks.sink import Position

TEN = [b"%d" % number * 10 for number in range(10)]


@pytest.fixture
def writer(tmp_path: Path) -> Path:
    """Make the folder of a writer that is dead and said nothing."""
    folder = tmp_path / "journal" / "20261121T120000.000000Z-1-abcdef"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    return folder


def write(writer: Path, number: int, data: bytes) -> None:
    (writer / segment_name(number)).write_bytes(data)


def test_there_are_no_writers_where_there_is_no_journal(tmp_path: Path) -> None:
    assert writers(tmp_path / "journal") == []


def test_a_writer_that_is_only_being_made_is_not_seen(writer: Path) -> None:
    (writer.parent / f".{writer.name}2").mkdir()
    (writer.parent / "a file").touch()
    assert writers(writer.parent) == [writer]


def test_a_folder_without_a_lock_is_nobodys(tmp_path: Path) -> None:
    assert not is_alive(tmp_path)


def test_all_whole_lines_of_a_dead_writer_hold(writer: Path) -> None:
    write(writer, 1, b"a\nb\n")
    write(writer, 2, b"c\nto")
    assert holds_to(writer) is None
    assert segments(writer) == [1, 2]
    assert list(read_all(writer)) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_torn_tail_hides_only_itself(writer: Path, cut: int) -> None:
    data = b'{"n":1}\n{"n":222}\n'
    write(writer, 1, data[:-cut])
    whole = data[:-cut].split(b"\n")[:-1]
    assert list(read_all(writer)) == whole
    assert len(whole) == (1 if cut < 11 else 0)


@pytest.mark.parametrize("most", [1, 3, 11, 12, 30, 10_000])
def test_pieces_are_whole_lines_whatever_their_size(writer: Path, most: int) -> None:
    write(writer, 1, b"".join(line + b"\n" for line in TEN))
    start, found = Position(1, 0), []
    while (piece := read_piece(writer, start, holds=None, most=most)).lines:
        found += piece.lines
        start = piece.end
    assert found == TEN
    assert start == Position(1, 110)


def test_nothing_is_read_beyond_what_holds(writer: Path) -> None:
    write(writer, 1, b"a\nb\n")
    write(writer, 2, b"c\nd\n")
    assert read_piece(writer, Position(1, 0), holds=Position(2, 2)).lines == [b"a", b"b"]
    assert read_piece(writer, Position(2, 0), holds=Position(2, 2)).lines == [b"c"]
    assert read_piece(writer, Position(2, 2), holds=Position(2, 2)).lines == []
    assert read_piece(writer, Position(2, 0), holds=Position(1, 4)).lines == []


def test_a_piece_that_ends_where_it_holds_is_the_last(writer: Path) -> None:
    write(writer, 1, b"aaaa\nbbbb\n")
    piece = read_piece(writer, Position(1, 0), holds=Position(1, 3), most=2)
    assert piece == ([], Position(1, 0))  # cannot be, but must end


def test_a_writer_says_how_many_it_wrote_and_how_far_it_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"a\nb\n", 2)
    journal.append(b"c\n", 1)
    assert journal.place is not None
    assert read_counts(journal.place) == (3, 0, Position(1, 6))
    journal.close()
