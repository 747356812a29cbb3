"""Exports into files: the text formats, and Parquet where pyarrow is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from hookline.errors import LogQueryError
from hookline.predlog.query.database import reading
from hookline.predlog.query.export import Exporter, TextFormat, columns_of, flat
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.page import Entry, newest_page
from hookline.predlog.query.walk import Place

__all__ = ["write_export"]

_FORMATS = ("jsonl", "csv", "parquet")
_PORTION = 1_000


def write_export(path: Path, wanted: Filter, form: str, file: Path | None) -> int:
    """Write everything that matches to `file`, or to standard output; return how many."""
    kind = form or (file.suffix.lstrip(".") if file is not None else "jsonl")
    if kind not in _FORMATS:
        raise LogQueryError(
            f"the format {kind or 'of the file'} is unknown; --format is jsonl, csv or parquet"
        )
    write = _parquet if kind == "parquet" else _text
    if file is None:
        return write(path, wanted, kind, sys.stdout.buffer)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            return write(path, wanted, kind, stream)
    except OSError as error:
        why = error.strerror or str(error)
        raise LogQueryError(
            f"{file} cannot be written: {why}; what is in it is not the whole log"
            if file.is_file()
            else f"{file} cannot be written: {why}"
        ) from error


def _text(path: Path, wanted: Filter, kind: str, stream: IO[bytes]) -> int:
    exporter = Exporter(wanted, TextFormat(kind))
    with reading(path) as connection:
        piece: str | None = exporter.first(connection)
    while piece is not None:
        stream.write(piece.encode())
        with reading(path) as connection:
            piece = exporter.more(connection)
    return exporter.count


def _parquet(path: Path, wanted: Filter, _: str, stream: IO[bytes]) -> int:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 - see above
    except ImportError:
        raise LogQueryError(
            "Parquet needs pyarrow; install the extra `hookline[score]`, or take csv"
        ) from None
    with reading(path) as connection:
        columns = columns_of(connection)
    # A feature's type may differ from version to version, so their values are text.
    kinds = {"row": pa.int64(), "probability": pa.float64(), "value": pa.float64(), "ms": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    count = 0
    with pq.ParquetWriter(stream, schema) as writer:
        for entries in _portions(path, wanted):
            cells = [flat(entry, columns) for entry in entries]
            data = {
                name: [one.get(name) if name in kinds else _as_text(one.get(name)) for one in cells]
                for name in columns
            }
            writer.write_table(pa.table(data, schema=schema))
            count += len(entries)
    return count


def _portions(path: Path, wanted: Filter) -> Iterator[tuple[Entry, ...]]:
    before: Place | None = None
    while True:
        with reading(path) as connection:
            page = newest_page(connection, wanted, before=before, most=_PORTION)
        yield page.entries
        before = page.next
        if before is None:
            return


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
