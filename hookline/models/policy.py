"""What is accepted when a model is loaded: the project's settings, never the model's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hookline.models.signing import UNSIGNED, SignatureRule

if TYPE_CHECKING:
    from hookline.config.sections import Models

__all__ = ["LoadPolicy"]


@dataclass(frozen=True, slots=True)
class LoadPolicy:
    """Hold the rules. `root` is the project whose own classes a native model may hold."""

    root: Path | None = None
    allow_joblib: bool = False
    trusted: tuple[str, ...] = ()
    library_versions: Literal["exact", "minor", "warn"] = "minor"
    max_file_bytes: int = 4 * 1024**3
    signature: SignatureRule = UNSIGNED

    @classmethod
    def from_settings(cls, models: Models, root: Path) -> LoadPolicy:
        """Take the rules from config.yaml's section `models`."""
        public_key = root / models.public_key_file if models.public_key_file else None
        return cls(
            root=root,
            allow_joblib=models.allow_joblib,
            trusted=tuple(models.trusted),
            library_versions=models.library_versions,
            max_file_bytes=models.max_file_bytes,
            signature=SignatureRule(models.require_signature, public_key),
        )
