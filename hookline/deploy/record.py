"""What a release says about itself: image, model and contract, which go and come back as one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from hookline.contract import contract_from_plain
from hookline.contract.diff import Side
from hookline.errors import ContractError
from hookline.models.manifest import Manifest

__all__ = ["KEY", "Record"]

KEY = "release"
"""Where it stands among the release's values."""


@dataclass(frozen=True, slots=True)
class Record:
    """Say which image a release runs, and what is in it. What nobody wrote down is empty."""

    image: str
    model_id: str = ""
    model_version: str = ""
    contract_fingerprint: str = ""
    commit: str = ""
    contract: Mapping[str, Any] | None = None
    classes: tuple[str, ...] | None = None
    test_case: str = field(default="", compare=False)
    """The request that it answered when it was deployed: what it must answer when it comes back."""

    @classmethod
    def of(cls, image: str, manifest: Manifest, commit: str) -> Self:
        """Describe an image that holds a model version."""
        return cls(
            image=image,
            model_id=manifest.model_id,
            model_version=manifest.version,
            contract_fingerprint=manifest.contract_fingerprint,
            commit=commit,
            contract=manifest.contract,
            classes=manifest.classes,
        )

    @classmethod
    def from_values(cls, values: Mapping[str, Any], image: str) -> Self:
        """Read what a release's values hold of it; a release that was made by hand has the image only."""
        found = values.get(KEY)
        if not isinstance(found, dict):
            return cls(image)
        classes = found.get("classes")
        return cls(
            image=str(found.get("image") or image),
            **{name: str(found.get(name) or "") for name in _TEXTS},
            contract=_contract(found.get("contract")),
            classes=tuple(map(str, classes)) if isinstance(classes, list) else None,
        )

    def values(self) -> dict[str, Any]:
        """Return what is put among the release's values."""
        found = {name: value for name, value in asdict(self).items() if value}
        if self.contract is not None:
            # As text: Helm takes every number for a float, and drops what is null.
            found["contract"] = json.dumps(self.contract, ensure_ascii=False)
        if self.classes:
            found["classes"] = list(self.classes)
        return {KEY: found}

    @property
    def side(self) -> Side | None:
        """Return it as one side of a comparison of contracts; None if the contract is not known."""
        if self.contract is None:
            return None
        try:
            return Side(contract_from_plain(dict(self.contract), name="the live contract"), self.classes)
        except ContractError:  # written by another hookline
            return None


def _contract(text: Any) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


_TEXTS = ("model_id", "model_version", "contract_fingerprint", "commit", "test_case")
