from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from hookline.errors import DataError
from hookline.scoring.sources.csv import CsvSource
from hookline.scoring.sources.cut import first_row_end, last_row_end
from hookline.scoring.sources.parquet import ParquetSource
from hookline.scoring.sources.source import Source, find_files, open_source

TEXT = pa.string()


def cells_of(source: Source, after: tuple[int, ...] = (), *columns: str) -> list[tuple[Any, ...]]:
    """Read all rows from `after` on."""
    names = columns or tuple(source.schema.names)
    tables = [chunk.read().table for chunk in source.chunks(dict.fromkeys(names, TEXT), after)]
    return [tuple(row[name] for name in names) for table in tables for row in table.to_pylist()]


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(alphabet='a",\n', max_size=40),
    size=st.integers(min_value=1, max_value=12),
)
def test_cut_pieces_hold_the_rows_of_the_whole(text: str, size: int) -> None:
    def rows(part: bytes) -> list[list[str]]:
        return [row for row in csv.reader(io.StringIO(part.decode(), newline="")) if row]

    data, pieces, width = text.encode(), [], size
    rest = data
    while rest:
        end = last_row_end(rest[:width]) if width < len(rest) else len(rest)
        if end:
            pieces.append(rest[:end])
            rest, width = rest[end:], size
        else:
            width += 1
    assert [row for piece in pieces for row in rows(piece)] == rows(data)
    first = first_row_end(data)
    assert len(rows(data[:first])) <= 1
    assert rows(data[:first]) + rows(data[first:]) == rows(data)


def csv_source(tmp_path: Path, data: bytes, block: int = 10) -> CsvSource:
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    source = CsvSource([path])
    source.block = block
    return source


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,x\n2,y\n", [("1", "x"), ("2", "y")]),
        (b"a,b\r\n1,x\r\n2,y", [("1", "x"), ("2", "y")]),
        (b"\xef\xbb\xbfa,b\n1,x\n", [("1", "x")]),
        (b"a,b\n\n1,x\n\n", [("1", "x")]),
        (b'a,b\n"1","x\ny, ""z"""\n2,\n', [("1", 'x\ny, "z"'), ("2", None)]),
        (b'a,b\n"",5" pipe\n', [("", '5" pipe')]),
        (b'"a\n","b"\n1,2\n', [("1", "2")]),
        (b"a,b\n" + b"1," + b"x" * 100 + b"\n2,y\n", [("1", "x" * 100), ("2", "y")]),
        (b"a,b\n", []),
        (b"a,b", []),
    ],
    ids=[
        "plain",
        "Windows, no last line end",
        "byte order mark",
        "empty lines",
        "line end in quotes",
        "quote in a cell",
        "quoted header",
        "row longer than a block",
        "no rows",
        "header without end",
    ],
)
def test_csv_is_read_cell_by_cell(tmp_path: Path, data: bytes, rows: list[tuple[Any, ...]]) -> None:
    assert cells_of(csv_source(tmp_path, data)) == rows


def test_a_row_with_other_cells_than_the_header_keeps_its_place(tmp_path: Path) -> None:
    source = csv_source(tmp_path, b"a,b\n1,x\n2\n3,y,z\n4,w\n", block=1000)
    (chunk,) = source.chunks({"a": pa.float64(), "b": TEXT})
    read = chunk.read()
    assert read.table.to_pydict() == {"a": [1.0, None, None, 4.0], "b": ["x", None, None, "w"]}
    assert read.misshapen == {
        1: "The row has 1 cells, the header 2.",
        2: "The row has 3 cells, the header 2.",
    }


def test_cells_come_in_the_wanted_type_or_all_as_text(tmp_path: Path) -> None:
    source = csv_source(tmp_path, b"a\n1\n2\nx\n4\n", block=4)
    tables = [chunk.read().table for chunk in source.chunks({"a": pa.float64()})]
    assert [table["a"].to_pylist() for table in tables] == [[1.0, 2.0], ["x", "4"]]


@pytest.mark.parametrize("cell", ["0x10", "0X10"])
def test_a_hexadecimal_number_is_no_whole_number(tmp_path: Path, cell: str) -> None:
    (chunk,) = csv_source(tmp_path, f"a\n{cell}\n".encode()).chunks({"a": pa.int64()})
    assert chunk.read().table["a"].to_pylist() == [cell]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has no header"),
        (b"\n1,2\n", "has no header"),
        (b"a,b,a\n", "several columns called 'a'"),
        (b"\xff\xfe\n", "header is not UTF-8"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "a quote in the row that begins at byte 8 is never closed"),
        (b"a\n\xff\n", "cannot be read as CSV"),
        (b"a\n" + b"1\n" * 20 + b"\xff\n", r"is not UTF-8 text \(byte 42\); save it as UTF-8: `iconv"),
        (b"a,b\r1,2\r", "its header is no CSV .*; end lines as Windows or Unix do"),
        (b"a," + b"x" * 200_000 + b"\n", "its header is no CSV .*; .* close every quote"),
    ],
    ids=[
        "empty",
        "no names",
        "one name twice",
        "header of other bytes",
        "open quote",
        "other bytes",
        "other bytes further on",
        "lines of an old Mac",
        "a name without end",
    ],
)
def test_what_is_no_csv_is_refused_in_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        cells_of(csv_source(tmp_path, data))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
def test_a_header_longer_than_usual_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: bytes
) -> None:
    monkeypatch.setattr("hookline.scoring.sources.csv._USUAL_HEADER", 4)
    source = csv_source(tmp_path, mark + b'"first\nname",second\n1,2\n')
    assert source.schema.names == ["first\nname", "second"]
    assert cells_of(source) == [("1", "2")]


def test_an_open_quote_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookline.scoring.sources.csv._LONGEST_ROW", 64)
    data = b"a\n1\n" + b'"' + b"2\n" * 100
    with pytest.raises(DataError, match=r"a quote in the row that begins at byte 4 is never closed"):
        cells_of(csv_source(tmp_path, data))


def parquet_source(paths: list[Path], cells: int = 4) -> ParquetSource:
    source = ParquetSource(paths)
    source.cells = cells
    return source


@pytest.mark.parametrize("group", [1, 2, 3, 7, 100])
def test_parquet_chunks_do_not_depend_on_row_groups(tmp_path: Path, group: int) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"a": range(11)}), path, row_group_size=group)
    chunks = list(parquet_source([path]).chunks({"a": TEXT}))
    assert [chunk.table["a"].to_pylist() for chunk in chunks] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    assert [chunk.end for chunk in chunks] == [(0, 4), (0, 8), (0, 11)]


def make_source(kind: str, tmp_path: Path) -> Source:
    if kind == "csv":
        paths = [tmp_path / name for name in ("1.csv", "2.csv", "3.csv")]
        for path, rows in zip(paths, ("a,b\n1,x\n2,y\n3,z\n", "b,a\n", "c,b,a\n0,w,4\n0,v,5\n"), strict=True):
            path.write_text(rows)
        source = CsvSource(paths)
        source.block = 8
        return source
    tables: tuple[dict[str, list[str]], ...] = (
        {"a": ["1", "2", "3"], "b": ["x", "y", "z"]},
        {"a": [], "b": []},
        {"b": ["w", "v"], "a": ["4", "5"]},
    )
    paths = [tmp_path / f"{number}.parquet" for number in range(3)]
    for path, columns in zip(paths, tables, strict=True):
        parquet.write_table(pa.table(columns), path, row_group_size=2)
    return parquet_source(paths)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_reading_goes_on_behind_any_chunk_of_several_files(tmp_path: Path, kind: str) -> None:
    source = make_source(kind, tmp_path)
    assert source.schema.names == ["a", "b"]
    wanted = [("1", "x"), ("2", "y"), ("3", "z"), ("4", "w"), ("5", "v")]
    assert cells_of(source, (), "a", "b") == wanted
    chunks = list(source.chunks({"a": TEXT}))
    assert chunks[-1].share == 1.0
    done = 0
    for chunk in chunks:
        done += chunk.read().table.num_rows
        assert cells_of(source, chunk.end, "a", "b") == wanted[done:]


def test_parquet_that_is_broken_further_on_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"a": range(9)}), path, row_group_size=3)
    place = parquet.read_metadata(path).row_group(1).column(0).data_page_offset
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 30)
    with pytest.raises(DataError, match=r"in\.parquet is broken: .*; write it anew"):
        cells_of(parquet_source([path]))


def test_parquet_with_one_name_twice_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    with pytest.raises(DataError, match="several columns called 'a'"):
        parquet_source([path])


def test_what_is_no_parquet_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match="is no Parquet file"):
        ParquetSource([path])


def test_input_is_a_file_a_folder_or_a_pattern(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "notes.txt"):
        (tmp_path / name).write_text("x\n1\n")
    both = [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert find_files(str(tmp_path)) == both
    assert find_files(str(tmp_path / "*.csv")) == both
    assert find_files(str(tmp_path / "b.csv")) == [tmp_path / "b.csv"]
    assert cells_of(open_source(both)) == [("1",), ("1",)]


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ("nothing.csv", "there is no file"),
        ("notes.txt", "ending must be one of .csv, .parquet, .pq"),
        ("*", "ending must be one of"),
        (".", "CSV and Parquet files"),
        ("empty", r"the folder .*empty has no file that ends with \.csv"),
    ],
)
def test_input_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, given_: str, words: str) -> None:
    for name in ("a.csv", "b.parquet", "notes.txt"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=words):
        find_files(str(tmp_path / given_))
