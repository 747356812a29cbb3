"""Read a sample of rows from a CSV or Parquet file, with dtypes that tell 1 from 1.0 beside nulls."""

from __future__ import annotations

import csv
import gzip
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import pandas as pd

from hookline.contract.infer.numerals import misread_numbers
from hookline.errors import DataError
from hookline.words import not_utf8

__all__ = ["ROWS", "Data", "Reading", "read_data"]

ROWS = 100_000
"""How many rows are looked at, unless told otherwise."""

_SEPARATORS = ",;\t|"
_CSV, _PARQUET = (".csv", ".tsv", ".csv.gz", ".tsv.gz"), (".parquet", ".pq")
_SNIFFED_LINES = 50
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_DECIMAL_POINT = re.compile(r"[-+]?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Reading:
    """Say how a file is to be read: the arguments of `pandas.read_csv`, or of `pandas.read_parquet`."""

    path: Path
    parquet: bool = False
    separator: str = ","
    decimal: str = "."
    texts: tuple[str, ...] = ()
    """Columns of digits that are text all the same: zeros in front count, or a point parts thousands."""


@dataclass(frozen=True, slots=True)
class Data:
    """Hold the rows that were read, and whether they are all there are."""

    frame: pd.DataFrame
    complete: bool
    reading: Reading


def read_data(path: Path, *, rows: int = ROWS) -> Data:
    """Read the first `rows` rows of a CSV or Parquet file."""
    name = path.name.lower()
    if not name.endswith(_CSV + _PARQUET):
        raise DataError(
            f"{path} has none of the extensions {', '.join(_CSV + _PARQUET)}; convert it to one of them"
        )
    try:
        fault = None if path.is_file() else "is a folder" if path.is_dir() else "does not exist"
    except OSError as error:  # nobody may look, or the name is too long
        raise DataError(f"{path} cannot be read: {error.strerror}; name a CSV or Parquet file") from error
    if fault:
        raise DataError(f"{path} {fault}; name a CSV or Parquet file")
    data = _read_parquet(path, rows) if name.endswith(_PARQUET) else _read_csv(path, rows)
    if data.frame.empty:
        raise DataError(f"{path} holds no rows; types can only be guessed from data")
    return data


def _read_csv(path: Path, rows: int) -> Data:
    try:
        reading = _sniff(path)
        with warnings.catch_warnings():
            # pandas warns of fields beyond the header, and drops them.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = _table(reading, rows)
            texts = misread_numbers(
                frame, lambda places: _table(reading, rows, usecols=places, dtype="string")
            )
    except UnicodeDecodeError as error:
        raise DataError(f"{path} {not_utf8(str(path), _first_wrong_byte(path))}") from error
    except pd.errors.ParserWarning as error:
        raise DataError(
            f"{path}: some rows have more fields than the header; mend them or the header"
        ) from error
    except (pd.errors.ParserError, csv.Error) as error:
        words = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise DataError(f"{path} cannot be read as CSV: {words}; mend the file there") from error
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    frame = frame.assign(**texts)
    return Data(frame.head(rows), len(frame) <= rows, replace(reading, texts=tuple(texts)))


def _table(reading: Reading, rows: int, **more: Any) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(
        reading.path,
        sep=reading.separator,
        decimal=reading.decimal,
        nrows=rows + 1,
        index_col=False,
        encoding="utf-8-sig",
        dtype_backend="numpy_nullable",
        low_memory=False,
        **more,
    )
    return frame


def _first_wrong_byte(path: Path) -> int:
    """Find the first byte that is no UTF-8; readers count from where their buffers begin."""
    place = 0
    with gzip.open(path) if _is_packed(path) else path.open("rb") as file:
        for line in file:  # no character goes beyond a line
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return place + error.start
            place += len(line)
    return place


def _sniff(path: Path) -> Reading:
    """Find separator and decimal mark: the separator that cuts the first lines into most equal parts."""
    with _open(path) as file:
        lines = [line for line, _ in zip(file, range(_SNIFFED_LINES), strict=False)]
    if not any(line.strip() for line in lines):
        raise DataError(f"{path} is empty; a CSV needs a header and rows")
    tables = {separator: list(csv.reader(lines, delimiter=separator)) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda candidate: _evenness(tables[candidate]))
    header, *cells = tables[separator]
    double = {name for name in header if header.count(name) > 1}
    if double:
        raise DataError(f"{path} has several columns called {min(double)!r}; rename all but one")
    comma = separator != "," and _has(cells, _DECIMAL_COMMA) and not _has(cells, _DECIMAL_POINT)
    return Reading(path, separator=separator, decimal="," if comma else ".")


def _open(path: Path) -> IO[str]:
    if _is_packed(path):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _is_packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _evenness(table: list[list[str]]) -> tuple[bool, int]:
    widths = [len(row) for row in table if row]
    # The last line may be cut where a quoted field spans lines.
    even = all(width == widths[0] for width in widths[:-1] or widths)
    return even and widths[0] > 1, widths[0]


def _has(rows: list[list[str]], pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(cell.strip()) for row in rows for cell in row)


def _read_parquet(path: Path, rows: int) -> Data:
    import pyarrow as pa  # noqa: PLC0415 - not needed for CSV, and slow to import
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            double = [name for name in names if names.count(name) > 1]
            if double:
                raise DataError(f"{path} has several columns called {double[0]!r}; rename all but one")
            batches, total = [], 0
            for batch in file.iter_batches(batch_size=min(rows, 65_536)):
                batches.append(batch)
                total += len(batch)
                if total >= rows:
                    break
            table = pa.Table.from_batches(batches, schema=file.schema_arrow).slice(0, rows)
            frame = table.to_pandas(types_mapper=_nullable_types(pa).get)
            return Data(frame, file.metadata.num_rows <= rows, Reading(path, parquet=True))
    except (OSError, pa.ArrowException) as error:
        words = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"{path} cannot be read as Parquet: {words}; write it anew") from error


def _nullable_types(pa: Any) -> dict[Any, Any]:
    return {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
