"""The index template: types from the contract, so that nothing is guessed from the first record."""

from __future__ import annotations

from typing import Any

from hookline.contract import Contract, Feature
from hookline.predlog.flat import field_names

__all__ = ["PATTERN", "feature_fields", "index_template"]

PATTERN = "fluentd-*"

# Longer text is kept in the document, but not found: Lucene takes 32,766 bytes, a character has up to four.
_WORD = {"type": "keyword", "ignore_above": 8191}
_TYPES: dict[str, dict[str, Any]] = {
    "float": {"type": "double"},
    "int": {"type": "long"},
    "bool": {"type": "boolean"},
    "category": _WORD,
    "string": _WORD,
    "datetime": {"type": "date", "ignore_malformed": True},
}
_OWN: dict[str, dict[str, Any]] = {
    "@timestamp": {"type": "date_nanos"},
    "at": {"type": "date_nanos"},
    "model_created": {"type": "date", "ignore_malformed": True},
    "row": {"type": "long"},
    "ms": {"type": "double"},
    "value": {"type": "double"},
    **dict.fromkeys(
        (
            *("kind", "prediction_id", "truth_id", "event_id", "request_id", "model_id", "model_version"),
            *("door", "id", "class_name", "flags", "actual", "task", "classes"),
        ),
        _WORD,
    ),
}


def index_template(contract: Contract, *, best: int) -> dict[str, Any]:
    """Return the body of `PUT _index_template/fluentd`; `best` is how many classes a record holds."""
    ranked: dict[str, dict[str, Any]] = {}
    if contract.task == "classification":
        for rank in range(1, best + 1):
            ranked |= {f"class_{rank}": _WORD, f"proba_{rank}": {"type": "double"}}
    features = {field: _type(feature) for field, feature in feature_fields(contract).items()}
    return {
        "index_patterns": [PATTERN],
        "priority": 200,
        "template": {
            "settings": {"number_of_shards": 1, "number_of_replicas": 0},
            "mappings": {
                # A later contract may have more features; words are never taken for dates.
                "date_detection": False,
                "dynamic_templates": [
                    {"words": {"match_mapping_type": "string", "mapping": _WORD}},
                ],
                "properties": {**_OWN, **ranked, **features},
            },
        },
        "_meta": {"description": "The prediction log; written by `hookline kibana export`."},
    }


def feature_fields(contract: Contract) -> dict[str, Feature]:
    """Return the features that are logged, by their fields."""
    logged = {feature.name: feature for feature in contract if feature.log != "drop"}
    return {field: logged[name] for name, field in field_names(tuple(logged)).items()}


def _type(feature: Feature) -> dict[str, Any]:
    return _WORD if feature.log == "hash" else _TYPES[feature.type]
