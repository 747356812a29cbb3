"""CSV files in pieces that end where rows end: cut here, read wherever there is time for it."""

from __future__ import annotations

import contextlib
import csv
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow

from hookline.errors import DataError
from hookline.scoring.chunk import Position, Read
from hookline.scoring.sources.cut import first_row_end, is_open, last_row_end
from hookline.scoring.sources.doubles import refuse_doubles
from hookline.words import not_utf8

__all__ = ["CsvChunk", "CsvSource", "Header", "read_header"]

_LONGEST_ROW = 64 * 1024**2
_USUAL_HEADER = 64 * 1024


class CsvSource:
    """Go through CSV files, one after the other."""

    block = 8 * 1024**2
    """How many bytes a chunk has, at most, where rows are no longer than that."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._headers = [_read_header(path) for path in paths]
        self._sizes = [path.stat().st_size for path in paths]

    @property
    def schema(self) -> pa.Schema:
        """Name the columns that every file has; they are carried over as the text that stands there."""
        first, *others = (header.names for header in self._headers)
        return pa.schema([(name, pa.string()) for name in first if all(name in other for other in others)])

    def chunks(self, wanted: Mapping[str, pa.DataType], after: Position = ()) -> Iterator[CsvChunk]:
        """Go through the input with the `wanted` columns, from behind the chunk that ended at `after`."""
        number, offset = after or (0, 0)
        done, total = sum(self._sizes[:number]), max(1, sum(self._sizes))
        for place in range(number, len(self._paths)):
            path, header = self._paths[place], self._headers[place]
            with path.open("rb") as file:
                file.seek(max(offset, header.end))
                for data in self._cut(file, path):
                    end = file.tell()
                    share = (done + end) / total
                    yield CsvChunk(data, header.names, dict(wanted), path.name, (place, end), share)
            done, offset = done + self._sizes[place], 0

    def _cut(self, file: BinaryIO, path: Path) -> Iterator[bytes]:
        """Read whole rows; the file stands behind them whenever they are handed out."""
        size = self.block
        while block := file.read(size):
            start, last = file.tell() - len(block), len(block) < size
            end = len(block) if last and not is_open(block) else last_row_end(block)
            if end == 0 and (last or size >= _LONGEST_ROW):
                raise DataError(
                    f"{path}: a quote in the row that begins at byte {start} is never closed; close it, or "
                    "double it if it is part of the text"
                )
            file.seek(start + end)
            if end:
                yield block[:end]
            size = self.block if end else size * 2


@dataclass(frozen=True, slots=True)
class CsvChunk:
    """Hold some whole rows of a file as they stand in it."""

    data: bytes = field(repr=False)
    header: tuple[str, ...]
    types: Mapping[str, pa.DataType]
    name: str
    end: Position
    share: float

    def read(self) -> Read:
        """Return the rows: cells in the wanted types, or all of them as text if one of them cannot be."""
        if not (pa.int64() in self.types.values() and _may_be_hexadecimal(self.data)):
            with contextlib.suppress(pa.ArrowInvalid):  # which cell it is finds out who looks at the text
                return self._parse(self.types)
        try:
            return self._parse(dict.fromkeys(self.types, pa.string()))
        except pa.ArrowInvalid as error:
            raise DataError(f"{self.name} cannot be read as CSV: {self._reason(error)}") from error

    def _reason(self, error: pa.ArrowInvalid) -> str:
        try:
            self.data.decode()
        except UnicodeDecodeError as other:  # Arrow counts rows from where the chunk begins
            return f"it {not_utf8('FILE', self.end[-1] - len(self.data) + other.start)}"
        return str(error)

    def _parse(self, types: Mapping[str, pa.DataType]) -> Read:
        misshapen: dict[int, str] = {}

        def skip(row: arrow.InvalidRow) -> str:
            misshapen[row.number - 1] = (
                f"The row has {row.actual_columns} cells, the header {row.expected_columns}."
            )
            return "skip"

        table = arrow.read_csv(
            pa.BufferReader(self.data),
            # In one block and one thread, because only then rows are numbered; other cores read other chunks.
            read_options=arrow.ReadOptions(
                use_threads=False, column_names=self.header, block_size=len(self.data) + 1
            ),
            parse_options=arrow.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=arrow.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        return Read(_with_gaps(table, misshapen), misshapen)


def _may_be_hexadecimal(data: bytes) -> bool:
    """Tell whether a cell may be such as 0x10, to Arrow a whole number, to nobody else."""
    # A single byte is found many times as fast as two, and numbers have no x.
    return (b"x" in data and b"0x" in data) or (b"X" in data and b"0X" in data)


@dataclass(frozen=True, slots=True)
class Header:
    """Hold the names in the first row, and where it ends."""

    names: tuple[str, ...]
    end: int


def read_header(block: bytes, name: str) -> Header:
    """Read the header that `block` begins with."""
    end = _header_end(block) or len(block)
    try:
        text = block[:end].removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: its header is not UTF-8; save the file as UTF-8") from error
    try:
        names = next(csv.reader([text]), [])
    except csv.Error as error:
        fault = str(error).partition(" - ")[0]
        raise DataError(
            f"{name}: its header is no CSV ({fault}); end lines as Windows or Unix do, and close every quote"
        ) from error
    if not any(names):
        raise DataError(f"{name} has no header; its first line must name the columns")
    refuse_doubles(names, name)
    return Header(tuple(names), end)


def _read_header(path: Path) -> Header:
    size = _USUAL_HEADER
    with path.open("rb") as file:
        block = file.read(size)
        while len(block) == size < _LONGEST_ROW and not _header_end(block):
            size *= 2
            block += file.read(size - len(block))
    return read_header(block, str(path))


def _header_end(block: bytes) -> int:
    start = len(BOM_UTF8) if block.startswith(BOM_UTF8) else 0
    end = first_row_end(block[start:])
    return start + end if end else 0


def _with_gaps(table: pa.Table, misshapen: Mapping[int, str]) -> pa.Table:
    """Put a row of nulls where a row was left out, so that rows keep their places."""
    if not misshapen:
        return table
    total = table.num_rows + len(misshapen)
    kept = iter(range(table.num_rows))
    return table.take(
        pa.array([None if row in misshapen else next(kept) for row in range(total)], pa.int64())
    )
