"""Where rows come from: a file, a folder of files, or a pattern; CSV or Parquet."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import pyarrow as pa

from hookline.errors import DataError
from hookline.scoring.chunk import Chunk, Position
from hookline.scoring.sources.csv import CsvSource
from hookline.scoring.sources.parquet import ParquetSource

__all__ = ["FileFormat", "Source", "find_files", "format_of", "open_source"]

FileFormat: TypeAlias = Literal["csv", "parquet"]
_ENDINGS: dict[str, FileFormat] = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}


class Source(Protocol):
    """Give rows in chunks that are always the same ones, from wherever reading begins."""

    @property
    def schema(self) -> pa.Schema:
        """Name the columns, each with the type it is carried through with."""

    def chunks(self, wanted: Mapping[str, pa.DataType], after: Position = ()) -> Iterator[Chunk]:
        """Go through the input with the `wanted` columns, from behind the chunk that ended at `after`."""


def format_of(path: Path) -> FileFormat:
    """Tell the format by the ending of a name."""
    try:
        return _ENDINGS[path.suffix.lower()]
    except KeyError:
        raise DataError(f"{path}: the ending must be one of {', '.join(_ENDINGS)}") from None


def find_files(given: str) -> list[Path]:
    """Return the files that `given` means, in order: a file, all of a folder, or what fits a pattern."""
    path = Path(given)
    if path.is_file():
        format_of(path)
        return [path]
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _ENDINGS and file.is_file())
    else:
        found = sorted(Path(name) for name in glob.glob(given, recursive=True) if Path(name).is_file())  # noqa: PTH207 - a pattern may be absolute
    if not found and path.is_dir():
        raise DataError(
            f"the folder {given} has no file that ends with {', '.join(_ENDINGS)}; name another one"
        )
    if not found:
        raise DataError(f"there is no file {given}; name a file, a folder, or a pattern such as 'in/*.csv'")
    kinds = {format_of(file) for file in found}
    if len(kinds) > 1:
        raise DataError(f"{given} has CSV and Parquet files; score one kind at a time, with 'in/*.csv'")
    return found


def open_source(files: list[Path]) -> Source:
    """Open files of one format."""
    return CsvSource(files) if format_of(files[0]) == "csv" else ParquetSource(files)
