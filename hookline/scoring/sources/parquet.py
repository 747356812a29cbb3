"""Parquet files, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from hookline.errors import DataError
from hookline.scoring.chunk import Position, TableChunk
from hookline.scoring.sources.doubles import refuse_doubles

__all__ = ["ParquetSource"]

_BUFFER = 1024**2


class ParquetSource:
    """Go through Parquet files, one after the other."""

    cells = 2**20
    """About how many cells a chunk holds: 8 MiB of doubles."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._files = [_read_footer(path) for path in paths]

    @property
    def schema(self) -> pa.Schema:
        """Name the columns that every file has, each with its type in the first."""
        first, *others = (file.schema.to_arrow_schema() for file in self._files)
        return pa.schema([column for column in first if all(column.name in other.names for other in others)])

    def chunks(self, wanted: Mapping[str, pa.DataType], after: Position = ()) -> Iterator[TableChunk]:
        """Go through the input with the `wanted` columns, from behind the chunk that ended at `after`."""
        number, row = after or (0, 0)
        size = max(1, self.cells // max(1, len(wanted)))
        counts = [file.num_rows for file in self._files]
        done, total = sum(counts[:number]), max(1, sum(counts))
        for place in range(number, len(self._paths)):
            for table in _regular(self._batches(place, row, size, list(wanted)), size):
                row += table.num_rows
                yield TableChunk(table, (place, row), (done + row) / total)
            done, row = done + counts[place], 0

    def _batches(self, place: int, row: int, size: int, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Read a file from `row` on."""
        footer = self._files[place]
        group = 0
        while group < footer.num_row_groups and row >= footer.row_group(group).num_rows:
            row -= footer.row_group(group).num_rows
            group += 1
        # Page by page: buffering whole row groups beforehand costs as much memory as they are large.
        with parquet.ParquetFile(self._paths[place], pre_buffer=False, buffer_size=_BUFFER) as file:
            groups = range(group, footer.num_row_groups)
            batches = file.iter_batches(size, row_groups=groups, columns=columns, use_threads=False)
            while (batch := _next(batches, self._paths[place])) is not None:
                yield batch.slice(row)
                row = max(0, row - batch.num_rows)


def _read_footer(path: Path) -> parquet.FileMetaData:
    try:
        footer = parquet.read_metadata(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is no Parquet file: {error}") from error
    refuse_doubles(footer.schema.to_arrow_schema().names, str(path))
    return footer


def _next(batches: Iterator[pa.RecordBatch], path: Path) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except (OSError, pa.ArrowException) as error:
        words = " ".join(str(error).split())
        raise DataError(f"{path} is broken: {words}; write it anew, and score that") from error


def _regular(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    """Give tables of `size` rows, whatever the batches have: chunks do not depend on where reading began."""
    parts: list[pa.RecordBatch] = []
    missing = size
    for batch in batches:
        rest = batch
        while rest.num_rows:
            parts.append(rest.slice(0, missing))
            missing -= parts[-1].num_rows
            rest = rest.slice(parts[-1].num_rows)
            if not missing:
                yield pa.Table.from_batches(parts)
                parts, missing = [], size
    if parts:
        yield pa.Table.from_batches(parts)
