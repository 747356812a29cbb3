"""How OUT is written: a file that only grows while rows are scored, and what is made of it in the end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from hookline.scoring.scorer import Encode
from hookline.scoring.sources.source import FileFormat
from hookline.scoring.text import csv_header, csv_rows

__all__ = ["CsvFormat", "OutputFormat", "ParquetFormat", "output_format"]


class OutputFormat(Protocol):
    """Write rows so that a file cut off behind any of them can be gone on with."""

    @property
    def encode(self) -> Encode:
        """Return the function that writes rows; it may be sent to other machines."""

    def begin(self, schema: pa.Schema) -> bytes:
        """Return what stands before the first row."""

    def finish(self, part: Path, out: Path) -> None:
        """Make `out` of the complete `part`, which is gone then."""


class CsvFormat:
    """Write CSV, which is complete as it stands."""

    @property
    def encode(self) -> Encode:
        """Return the function that writes lines."""
        return csv_rows

    def begin(self, schema: pa.Schema) -> bytes:
        """Return the header."""
        return csv_header(schema.names)

    def finish(self, part: Path, out: Path) -> None:
        """Give the file its name."""
        part.replace(out)


def _message(batch: pa.RecordBatch) -> bytes:
    data: bytes = batch.serialize().to_pybytes()
    return data


class ParquetFormat:
    """Write an Arrow stream, which can grow, and turn it into Parquet, which cannot."""

    @property
    def encode(self) -> Encode:
        """Return the function that writes a message of the stream."""
        return _message

    def begin(self, schema: pa.Schema) -> bytes:
        """Return the stream's schema."""
        data: bytes = schema.serialize().to_pybytes()
        return data

    def finish(self, part: Path, out: Path) -> None:
        """Rewrite the stream, batch by batch."""
        beside = part.with_name(part.name + ".new")
        with (
            pa.OSFile(str(part)) as file,
            pyarrow.ipc.open_stream(file) as stream,
            pyarrow.parquet.ParquetWriter(beside, stream.schema) as writer,
        ):
            for batch in stream:
                writer.write_batch(batch)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(out)
        part.unlink()


def output_format(name: FileFormat) -> OutputFormat:
    """Choose by name."""
    return CsvFormat() if name == "csv" else ParquetFormat()
