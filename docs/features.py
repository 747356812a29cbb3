"""Write the reference of features.yaml: what a feature may say, and which dtype its column has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from hookline.contract.columns import columns_from_rows
from hookline.contract.contract import Contract
from hookline.contract.feature import Feature, FeatureType
from hookline.contract.frame import frame_from_columns

__all__ = ["dtypes_reference", "features_reference"]

_SAID_BESIDE = {
    "name": "required",
    "type": "`float`",
    "unknown": "`reject`",
    "log": "`raw`",
    "nullable": "`false`",
}
_VALUES = {"bool": True, "category": "a", "string": "a", "datetime": "2024-05-17"}


def features_reference() -> str:
    """Return a table of what a feature may say, in the order of its class."""
    return "\n".join(_words())


def _words() -> Iterator[str]:
    yield "| key | what it says | without it |\n|---|---|---|"
    for name, field in Feature.model_fields.items():
        yield f"| `{name}` | {field.description} | {_SAID_BESIDE.get(name, 'nothing')} |"


def dtypes_reference() -> str:
    """Return a table of the dtypes that hooks see, made from real frames."""
    return "\n".join(_dtypes())


def _dtypes() -> Iterator[str]:
    yield "| type | dtype in frames | with `nullable: true` | null |\n|---|---|---|---|"
    for type_ in get_args(FeatureType):
        plain, nullable = _dtype(type_, nullable=False), _dtype(type_, nullable=True)
        yield f"| {type_} | `{plain}` | `{nullable}` | `{'NaT' if type_ == 'datetime' else 'NaN'}` |"


def _dtype(type_: FeatureType, *, nullable: bool) -> str:
    choices = ("a",) if type_ == "category" else None
    feature = Feature(name="f", type=type_, nullable=nullable, choices=choices)
    contract = Contract(target_label="y", input_features=(feature,))
    columns = columns_from_rows(contract, [{"f": _VALUES.get(type_, 1)}])
    return str(frame_from_columns(contract, columns)["f"].dtype)
