"""Arrow batches → CSV text. Quotes stand only where they must; null is an empty cell."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from hookline.errors import DataError

__all__ = ["csv_header", "csv_rows"]

_STRUCTURE = '[",\r\n]'


def csv_header(names: Sequence[str]) -> bytes:
    """Write the first line."""
    return ",".join(_quoted(pa.array(names, pa.string())).to_pylist()).encode() + b"\n"


def csv_rows(batch: pa.RecordBatch) -> bytes:
    """Write a line per row."""
    if batch.num_rows == 0:
        return b""
    cells = [_quoted(_spelled(*named)) for named in zip(batch.schema.names, batch.columns, strict=True)]
    # A line with nothing in it would be no row to whoever reads the file.
    null = '""' if len(cells) == 1 else ""
    lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement=null)
    ended = pc.binary_join_element_wise(lines, pa.scalar("\n"), "")
    # The texts of an array lie one behind the other in its buffer: that is the file.
    _, offsets, data = ended.buffers()
    size = int.from_bytes(offsets[4 * len(ended) : 4 * len(ended) + 4].to_pybytes(), "little")
    return bytes(data[:size])


def _spelled(name: str, column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise DataError(
            f"the column {name!r} holds bytes that are no text, which no cell of CSV can; "
            "let OUT end with .parquet, or carry other columns over with --id"
        ) from error


def _quoted(column: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(column, _STRUCTURE), pc.equal(column, ""))
    if not pc.any(needs).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), column)
