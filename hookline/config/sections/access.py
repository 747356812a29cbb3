"""Who may call the service."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from hookline.config.sections.section import Section, together
from hookline.config.values import Text

__all__ = ["Access"]


class Access(Section):
    """Who may call the service. Without keys everybody may."""

    required: bool = Field(default=False, description="refuse to start without keys")
    keys: tuple[Text, ...] = Field(
        default=(), strict=False, description="lines of `hookline keys new`: name:scopes:hash"
    )
    keys_file: Text = Field(default="", description="file with such lines")
    rows_per_second: float = Field(default=0, ge=0, description="most rows a second of one key; 0: no limit")
    protect_metrics: bool = Field(
        default=False, description="let only keys with the scope admin read /metrics"
    )

    @model_validator(mode="after")
    def _protection_needs_keys(self) -> Self:
        if self.protect_metrics and not (self.keys or self.keys_file):
            raise together(
                "protect_metrics",
                "is true and there are no keys; `hookline keys new prometheus --scope admin` makes one",
            )
        return self
