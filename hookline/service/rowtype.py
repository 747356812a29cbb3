"""The type of a request's row, made from the contract: validation and OpenAPI both follow from it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from hookline.contract import Contract, Feature
from hookline.contract.feature import LARGEST_EXACT

__all__ = ["LONGEST_ID", "Row", "row_type"]

Row: TypeAlias = dict[str, Any]
"""What a caller sent for one row, and nothing else: a field that takes its default stays absent."""

LONGEST_ID = 256
_TOO_LARGE = 2**63
_JSON_SCHEMA = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_CONTROL = r"\x00-\x1f\x7f-\x9f"


def row_type(contract: Contract, id_name: str = "", *, extra: Literal["forbid", "ignore"] = "forbid") -> Any:
    """Make the row's type: one field per feature, plus the caller's ID if one is named."""
    fields: dict[str, Any] = {feature.name: _field(feature) for feature in contract}
    if id_name:
        about = Field(description="your ID of the row; logged, never given to the model")
        fields[id_name] = NotRequired[Annotated[_id(), about]]
    config = ConfigDict(extra=extra, strict=True, title="Row")
    return with_config(config)(TypedDict("Row", fields))  # type: ignore[operator]  # fields known at run time only


def _field(feature: Feature) -> Any:
    kind = _KINDS[feature.type](feature)
    about: Any = Annotated[kind | None if feature.nullable else kind, _about(feature)]
    return about if feature.required else NotRequired[about]


def _about(feature: Feature) -> Any:
    words = [feature.description or "", f"Unit: {feature.unit}." if feature.unit else ""]
    if feature.type == "category" and feature.unknown == "accept" and feature.choices:
        words.append(f"Known: {', '.join(feature.choices)}; others are accepted and flagged.")
    more: Any = {} if feature.required else {"default": feature.default}
    examples = [feature.example] if "example" in feature.model_fields_set else None
    return Field(
        title=feature.name,
        description=" ".join(filter(None, words)) or None,
        examples=examples,
        json_schema_extra=more,
    )


def _float(feature: Feature) -> Any:
    bounds = {name: getattr(feature, name) for name in ("ge", "gt", "le", "lt")}
    given: Any = {name: float(bound) for name, bound in bounds.items() if bound is not None}
    return Annotated[float, Field(allow_inf_nan=False, **given)]


def _int(feature: Feature) -> Any:
    """Bound a whole number by whole numbers, and by what its column can hold."""
    low = feature.ge if feature.gt is None else math.floor(feature.gt) + 1
    high = feature.le if feature.lt is None else math.ceil(feature.lt) - 1
    if feature.nullable:
        low = max(-LARGEST_EXACT, -LARGEST_EXACT if low is None else low)
        high = min(LARGEST_EXACT, LARGEST_EXACT if high is None else high)
    # Our own bounds are open: 2**63 is the same number to every reader of OpenAPI, 2**63 - 1 is not.
    bounds = {"gt": -_TOO_LARGE} if low is None or low <= -_TOO_LARGE else {"ge": math.ceil(low)}
    bounds |= {"lt": _TOO_LARGE} if high is None or high >= _TOO_LARGE else {"le": math.floor(high)}
    return _whole_number(bounds)


def _whole_number(bounds: Any) -> Any:
    """Take 41 and 41.0 alike: to JSON they are one number, and some writers know only the latter."""
    either = Annotated[int, Field(**bounds)] | Annotated[Any, AfterValidator(_whole), Field(**bounds)]
    schema = {_JSON_SCHEMA[word]: bound for word, bound in bounds.items()}
    return Annotated[either, Field(union_mode="left_to_right"), WithJsonSchema({"type": "integer", **schema})]


def _whole(value: Any) -> int:
    # Not `float`, which takes whole numbers too, and rounds those that are out of bounds.
    if not isinstance(value, float) or not value.is_integer():
        raise ValueError("not a whole number")
    return int(value)


def _bool(_: Feature) -> Any:
    return bool


def _category(feature: Feature) -> Any:
    return Literal[feature.choices] if feature.unknown == "reject" else str


def _string(feature: Feature) -> Any:
    return Annotated[
        str,
        Field(min_length=feature.min_length, max_length=feature.max_length, pattern=feature.pattern),
    ]


def _datetime(feature: Feature) -> Any:
    def is_time(value: str) -> str:
        if feature.fault(value):
            raise ValueError("not an ISO 8601 time")
        return value

    return Annotated[str, AfterValidator(is_time), Field(json_schema_extra={"format": "date-time"})]


_KINDS: dict[str, Callable[[Feature], Any]] = {
    "float": _float,
    "int": _int,
    "bool": _bool,
    "category": _category,
    "string": _string,
    "datetime": _datetime,
}


def _id() -> Any:
    text = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=f"^[^{_CONTROL}]*$")]
    return text | _whole_number({"ge": -LARGEST_EXACT, "le": LARGEST_EXACT})
