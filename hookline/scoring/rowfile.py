"""A few rows from a file or a pipe, whatever their format → the body a request would have."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from pydantic_core import from_json, to_json

from hookline.contract import Contract
from hookline.errors import DataError
from hookline.scoring.needs import needs_arrow
from hookline.scoring.values import value_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RowFormat", "request_body", "row_format"]

RowFormat: TypeAlias = Literal["json", "jsonl", "csv", "parquet"]
_FORMATS: dict[str, RowFormat] = {format_: format_ for format_ in get_args(RowFormat)}
_ENDINGS: dict[str, RowFormat] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def row_format(asked: str | None, name: str, data: bytes) -> RowFormat:
    """Tell the format: as asked for, or by the ending of the name, or else by how the data begins."""
    if asked is not None:
        if asked not in _FORMATS:
            raise DataError(f"there is no format {asked!r}; name one of {', '.join(_FORMATS)}")
        return _FORMATS[asked]
    by_name = _ENDINGS.get(Path(name).suffix.lower())
    if by_name:
        return by_name
    if data.startswith(b"PAR1"):
        return "parquet"
    return "json" if data.removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"[") else "csv"


def request_body(
    data: bytes, format_: RowFormat, contract: Contract | None = None, id_name: str = ""
) -> bytes:
    """Make a JSON list of the rows. JSON goes through as it is: its faults are for the service to name."""
    if format_ in ("csv", "parquet"):
        if contract is None:
            raise ValueError("a table says nothing about its types without a contract")
        with needs_arrow():
            from hookline.scoring.tables import read_table  # noqa: PLC0415 - JSON needs none of it
        return _table_body(read_table(data, format_), contract, id_name)
    data = data.removeprefix(BOM_UTF8)  # as files from Windows begin, and no request may
    if format_ == "jsonl":
        return _lines_body(data)
    if data.lstrip()[:1] != b"{":
        return data
    return b"[%b]" % data if _is_json(data) else _lines_body(data)


def _lines_body(data: bytes) -> bytes:
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    for number, line in lines:
        if not _is_json(line):
            raise DataError(f"line {number} is not JSON; JSON lines have one row in each line")
    return b"[%b]" % b",".join(line for _, line in lines)


def _is_json(data: bytes) -> bool:
    try:
        from_json(data)
    except ValueError:
        return False
    return True


def _table_body(table: pa.Table, contract: Contract, id_name: str) -> bytes:
    """Make the rows of the features (and the ID); other columns are left out, as files often have more."""
    features = [feature for feature in contract if feature.name in table.column_names]
    columns = [[value_of(f, cell) for cell in table[f.name].to_pylist()] for f in features]
    names = [feature.name for feature in features]
    if id_name in table.column_names:
        names.append(id_name)
        columns.append(table[id_name].to_pylist())
    return to_json([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)])
