"""Fit input, contract and wishes together: which columns are read, which are carried over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from hookline.contract import Contract
from hookline.errors import DataError
from hookline.scoring.sources.source import FileFormat
from hookline.words import closest

__all__ = ["absent_features", "carried_columns", "read_types"]

_TYPES = {"float": pa.float64(), "int": pa.int64()}


def absent_features(contract: Contract, columns: Sequence[str], name: str) -> list[str]:
    """Name the features the input lacks and that have a default; refuse input that lacks others."""
    absent = [feature for feature in contract if feature.name not in columns]
    missing = [feature.name for feature in absent if feature.required]
    if missing:
        hints = "; ".join(_hint(feature, columns) for feature in missing)
        raise DataError(
            f"{name} lacks {len(missing)} of {len(contract.names)} features: {hints}; name its "
            "columns as the contract names the features"
        )
    return [feature.name for feature in absent]


def carried_columns(
    schema: pa.Schema, ids: Iterable[str], *, keep: bool, name: str, into: FileFormat
) -> pa.Schema:
    """Choose the columns that go over into the output as they are: the IDs, or everything."""
    for wanted in ids:
        if wanted not in schema.names:
            like = closest(wanted, schema.names)
            hint = f"; did you mean {like!r}?" if like else ""
            raise DataError(f"{name} has no column {wanted!r} to carry over{hint}")
    carried = schema if keep else pa.schema([schema.field(wanted) for wanted in ids])
    for column in carried:
        if into == "csv" and not _has_text(column.type):
            raise DataError(
                f"the column {column.name!r} of {name} is {column.type}, which no cell of CSV can hold; "
                "let OUT end with .parquet, or carry other columns over with --id"
            )
    return carried


def read_types(contract: Contract, schema: pa.Schema, carried: pa.Schema) -> dict[str, pa.DataType]:
    """Say which columns to read and as what; one that is carried over is read as it is carried."""
    types = {f.name: _TYPES.get(f.type, pa.string()) for f in contract if f.name in schema.names}
    return types | {column.name: column.type for column in carried}


def _has_text(kind: pa.DataType) -> bool:
    try:
        pa.nulls(0, kind).cast(pa.string())
    except pa.ArrowNotImplementedError:
        return False
    return True


def _hint(feature: str, columns: Sequence[str]) -> str:
    like = closest(feature, columns)
    return f"{feature!r} (closest column: {like!r})" if like else repr(feature)
