"""What every group of settings is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

__all__ = ["Section", "together"]


class Section(BaseModel):
    """Be a group of settings: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def together(key: str, words: str) -> PydanticCustomError:
    """Say why `key` does not go with another key of its section."""
    return PydanticCustomError("together", "{words}", {"key": key, "words": words})
