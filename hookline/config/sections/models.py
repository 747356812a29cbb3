"""Where models live, and which are accepted."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from hookline.config.sections.section import Section, together
from hookline.config.values import Name, Text, TypeName

__all__ = ["Models"]


class Models(Section):
    """Where model versions live, and what is accepted when one is loaded."""

    directory: Name = Field(default="model_bin", description="folder of the model store")
    allow_joblib: bool = Field(
        default=False,
        description="write and load joblib (pickle) files where skops cannot; only for files you trust",
    )
    trusted: tuple[TypeName, ...] = Field(
        default=(), strict=False, description="further types a model file may hold, as module.Name"
    )
    library_versions: Literal["exact", "minor", "warn"] = Field(
        default="minor", description="how close libraries must be to those the model was trained with"
    )
    max_file_bytes: int = Field(
        default=4 * 1024**3, ge=1024, description="a larger model file is refused before it is read"
    )
    require_signature: bool = Field(
        default=False, description="load only versions signed with the key of `public_key_file`"
    )
    public_key_file: Text = Field(
        default="", description="ed25519 public key, made by `hookline models keygen`"
    )
    private_key_file: Text = Field(default="", description="if set, `hookline train` signs what it publishes")

    @model_validator(mode="after")
    def _signatures_have_a_key(self) -> Self:
        if self.require_signature and not self.public_key_file:
            raise together(
                "require_signature",
                "is true; set `models.public_key_file` too (`hookline models keygen` makes a key pair)",
            )
        return self
