"""Describe a contract in a table for people, and in plain data for machines."""

from __future__ import annotations

from typing import Any

from hookline.contract.contract import Contract
from hookline.contract.feature import Feature
from hookline.words import shown

__all__ = ["HEADINGS", "contract_plain", "contract_table"]

HEADINGS = ("feature", "type", "rules", "null", "default", "unit", "log", "description")


def contract_table(contract: Contract) -> list[tuple[str, ...]]:
    """Return one row per feature, as `HEADINGS` names them; what is not declared is left empty."""
    return [
        (
            feature.name,
            feature.type,
            _rules(feature),
            "allowed" if feature.nullable else "",
            "required" if feature.required else shown(feature.default),
            feature.unit or "",
            feature.log,
            feature.description or "",
        )
        for feature in contract
    ]


def contract_plain(contract: Contract) -> dict[str, Any]:
    """Return every declaration, defaults included, and the fingerprint."""
    features = [
        feature.model_dump(mode="json", exclude={"default"})
        | {"required": feature.required}
        | ({} if feature.required else {"default": feature.default})
        for feature in contract
    ]
    return {
        "task": contract.task,
        "target_label": contract.target_label,
        "fingerprint": contract.fingerprint,
        "input_features": features,
    }


def _rules(feature: Feature) -> str:
    if feature.type == "category":
        choices = ", ".join(feature.choices or ("any text",))
        return f"{choices}, …" if feature.choices and feature.unknown == "accept" else choices
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    rules = [
        f"{sign} {getattr(feature, word)}"
        for word, sign in signs.items()
        if getattr(feature, word) is not None
    ]
    for word, length in (("at least", feature.min_length), ("at most", feature.max_length)):
        if length is not None:
            rules.append(f"{word} {length} characters")
    if feature.pattern is not None:
        rules.append(f"matches {feature.pattern}")
    return ", ".join(rules)
