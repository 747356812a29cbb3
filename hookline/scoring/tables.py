"""Small tables, read as a whole."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from hookline.errors import DataError
from hookline.scoring.sources.csv import CsvChunk, read_header
from hookline.scoring.sources.cut import is_open
from hookline.scoring.sources.doubles import refuse_doubles

__all__ = ["read_table"]


def read_table(data: bytes, format_: str) -> pa.Table:
    """Read CSV, each cell as the text that stands there, or Parquet."""
    if format_ == "parquet":
        try:
            table = parquet.ParquetFile(pa.BufferReader(data)).read()
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"the rows are no Parquet file: {' '.join(str(error).split())}") from error
        refuse_doubles(table.column_names, "the Parquet file")
        return table
    header = read_header(data, "the CSV")
    rows = data[header.end :]
    if not rows.strip():
        raise DataError("the CSV has no rows below its header")
    if is_open(rows):
        raise DataError(
            "the CSV has a quote that is never closed; close it, or double it if it is of the text"
        )
    types = dict.fromkeys(header.names, pa.string())
    read = CsvChunk(rows, header.names, types, "the CSV", (len(data),), 1.0).read()
    for row, detail in sorted(read.misshapen.items()):
        raise DataError(f"row {row} of the CSV: {detail}")
    return read.table
