"""A record as others keep it, without nesting: one field per feature, `class_1`, `proba_1` and so on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

__all__ = ["FIELDS", "field_names", "flat"]

FIELDS = frozenset({
    *("kind", "prediction_id", "truth_id", "event_id", "request_id", "row", "at", "at_local", "model_id"),
    *("model_version", "model_created", "door", "id", "class_name", "value", "flags", "ms"),
    *("actual", "task", "classes", "features", "probabilities", "@timestamp", "tag"),
})  # fmt: skip
"""Fields of our own, which no feature may take."""

_RANKED = re.compile(r"(class|proba)_[1-9][0-9]*")
_APART = str.maketrans(".\0", "__")
"""Elasticsearch takes `a.b` for a field in an object; MongoDB takes no zero byte in a name."""


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with its features and probabilities beside the other fields."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name == "features":
            names = field_names(tuple(value))
            found.update((names[feature], content) for feature, content in value.items())
        elif name == "probabilities":
            for rank, (label, share) in enumerate(value.items(), start=1):
                found[f"class_{rank}"], found[f"proba_{rank}"] = label, share
        else:
            found[name] = value
            if name == "class_name" and "probabilities" not in record:
                found["class_1"] = value
    return found


@lru_cache(maxsize=64)
def field_names(features: tuple[str, ...]) -> Mapping[str, str]:
    """Return the field of each feature: its name, or that behind `feature_` where the name is taken.

    Names are chosen in the alphabet's order: the same features have the same fields however they are sent.
    """
    names: dict[str, str] = {}
    taken = {name for name in features if _is_free(name)}
    for feature in sorted(features):
        name = feature.translate(_APART)
        if feature not in taken:
            while not _is_free(name) or name in taken:
                name = f"feature_{name}"
        taken.add(name)
        names[feature] = name
    return {feature: names[feature] for feature in features}


def _is_free(name: str) -> bool:
    # What begins with _ or $ means something to the databases themselves.
    return (
        name != ""
        and name not in FIELDS
        and name[0] not in "_$"
        and "." not in name
        and "\0" not in name
        and not _RANKED.fullmatch(name)
    )
