"""Small tables, read as a whole."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from hookline.errors import DataError
from hookline.scoring.sources.csv import CsvChunk, read_header

__all__ = ["read_table"]


def read_table(data: bytes, format_: str) -> pa.Table:
    """Read CSV, each cell as the text that stands there, or Parquet."""
    if format_ == "parquet":
        try:
            return parquet.ParquetFile(pa.BufferReader(data)).read()
        except pa.ArrowInvalid as error:
            raise DataError(f"the rows are no Parquet file: {error}") from error
    header = read_header(data, "the CSV")
    types = dict.fromkeys(header.names, pa.string())
    read = CsvChunk(data[header.end :], header.names, types, "the CSV", (len(data),), 1.0).read()
    for row, detail in sorted(read.misshapen.items()):
        raise DataError(f"row {row} of the CSV: {detail}")
    return read.table
