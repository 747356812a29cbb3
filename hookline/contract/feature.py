"""One input of the model, as features.yaml declares it."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from hookline.contract.declared import declaration_faults
from hookline.contract.regex import matcher

__all__ = ["LARGEST_EXACT", "Feature", "FeatureType", "LogRule", "Number", "Scalar", "Text"]

FeatureType: TypeAlias = Literal["float", "int", "bool", "category", "string", "datetime"]
LogRule: TypeAlias = Literal["raw", "hash", "drop"]
Scalar: TypeAlias = float | int | bool | str | None

LARGEST_EXACT = 2**53
"""The largest whole number that a double holds exactly; beyond it a nullable int would change its value."""

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")

_NOUNS = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "datetime": "an ISO 8601 time",
    "category": "text",
    "string": "text",
}


def _plain_number(value: Any) -> Any:
    if not _is_number(value):
        raise PydanticCustomError("number", "expected a finite number")
    # 0 and 0.0 are one bound, and the contract's fingerprint is the same for both.
    return int(value) if abs(value) <= LARGEST_EXACT and value == int(value) else value


def _plain_text(value: Any) -> Any:
    if not _is_text(value):
        raise PydanticCustomError("text", "expected text")
    return value


Number: TypeAlias = Annotated[float | int, BeforeValidator(_plain_number)]
Text: TypeAlias = Annotated[str, BeforeValidator(_plain_text)]


class Feature(BaseModel):
    """Declare one feature. Field order is the order of the manual."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Text = Field(description="the key in a request and the column in the training data")
    type: FeatureType = Field(
        default="float", description="float · int · bool · category · string · datetime"
    )
    choices: tuple[Text, ...] | None = Field(
        default=None, description="category: the allowed values", strict=False
    )
    unknown: Literal["reject", "accept"] = Field(
        default="reject",
        description="category: a value outside `choices` is an error, or passed on and flagged",
    )
    nullable: bool = Field(default=False, description="JSON null is allowed and reaches `process_X` as NaN")
    default: Any = Field(
        default=None, description="used when the field is absent; otherwise absent is an error"
    )
    ge: Number | None = Field(default=None, description="number: at least")
    gt: Number | None = Field(default=None, description="number: more than")
    le: Number | None = Field(default=None, description="number: at most")
    lt: Number | None = Field(default=None, description="number: less than")
    min_length: int | None = Field(default=None, ge=0, description="string: fewest characters")
    max_length: int | None = Field(default=None, ge=0, description="string: most characters")
    pattern: Text | None = Field(
        default=None, description="string: regular expression that must match somewhere"
    )
    unit: Text | None = Field(default=None, description="shown in /docs")
    description: Text | None = Field(default=None, description="shown in /docs")
    example: Any = Field(default=None, description="shown in /docs and used for generated requests")
    log: LogRule = Field(
        default="raw", description="how the value reaches the prediction log: raw · hash · drop"
    )

    @property
    def required(self) -> bool:
        """Tell whether a request must carry the field."""
        return "default" not in self.model_fields_set

    @property
    def is_text(self) -> bool:
        """Tell whether values are strings."""
        return self.type in ("category", "string")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the feature's column; it never depends on the values."""
        if self.is_text:
            return np.dtype(object)
        if self.type == "datetime":
            return np.dtype("datetime64[us]")
        if self.type == "float" or self.nullable:
            return np.dtype(np.float64)
        return np.dtype(np.int64) if self.type == "int" else np.dtype(np.bool_)

    def fault(self, value: Scalar) -> str | None:
        """Say in a few words why `value` breaks the declaration; None if it keeps it."""
        if value is None:
            return None if self.nullable else "null is not allowed"
        if not self._has_type(value):
            return f"not {_NOUNS[self.type]}"
        if self.type in ("float", "int"):
            return self._number_fault(value)  # type: ignore[arg-type]  # _has_type made sure
        return self._text_fault(value) if self.is_text else None  # type: ignore[arg-type]  # as above

    def _has_type(self, value: Scalar) -> bool:
        if self.type == "float":
            return _is_number(value)
        if self.type == "int":
            return isinstance(value, int) and not isinstance(value, bool)
        if self.type == "bool":
            return isinstance(value, bool)
        return _is_text(value) and (self.type != "datetime" or _is_time(str(value)))

    def _number_fault(self, value: float) -> str | None:
        if self.type == "int" and abs(value) > (LARGEST_EXACT if self.nullable else 2**63 - 1):
            return "too large"
        if self.ge is not None and value < self.ge:
            return f"below {self.ge}"
        if self.gt is not None and value <= self.gt:
            return f"not above {self.gt}"
        if self.le is not None and value > self.le:
            return f"above {self.le}"
        if self.lt is not None and value >= self.lt:
            return f"not below {self.lt}"
        return None

    def _text_fault(self, value: str) -> str | None:
        if self.choices and self.unknown == "reject" and value not in self.choices:
            return f"not one of {', '.join(self.choices)}"
        if self.min_length is not None and len(value) < self.min_length:
            return f"shorter than {self.min_length}"
        if self.max_length is not None and len(value) > self.max_length:
            return f"longer than {self.max_length}"
        if self.pattern is not None and not matcher(self.pattern)(value):
            return f"does not match {self.pattern}"
        return None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = list(declaration_faults(self))
        if faults:
            words = "; ".join(sentence for _, sentence in faults)
            raise PydanticCustomError("faults", "{words}", {"words": words, "faults": faults})
        return self


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond what a double can hold
        return False


def _is_text(value: Any) -> bool:
    # JSON can express half a character ("\\ud800"), but nothing can store it.
    return isinstance(value, str) and not _HALF_CHARACTER.search(value)


def _is_time(value: str) -> bool:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            moment.astimezone(UTC)
    except (ValueError, OverflowError):  # an offset can push the first and last day out of the calendar
        return False
    return True
