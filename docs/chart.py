"""Write the chart's defaults, its schema and its table of values from the settings, which exist once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hookline.config import Settings
from hookline.config.starter import settings_text
from hookline.config.table import Setting, sections, table
from hookline.deploy.record import KEY, Record
from hookline.yamltext import as_yaml

__all__ = ["chart_defaults", "chart_schema", "chart_values"]

_HEAD = """\
# Managed by hookline: the chart's defaults, made by `make docs` from the settings' one table.
# Your values are config.yaml: helm upgrade --install NAME helm -f config.yaml
"""
_KEPT = {
    *("type", "enum", "pattern", "items", "anyOf", "maxLength", "minLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}

_RELEASE = {
    "description": "what is in the image, written by `hookline deploy`; never by hand",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        name: {"type": "array", "items": {"type": "string"}} if name == "classes" else {"type": "string"}
        for name in Record.__dataclass_fields__
    },
}


def chart_defaults() -> str:
    """Return helm/values.yaml: every key that config.yaml may have, with the same default."""
    return settings_text(_HEAD)


def chart_schema() -> str:
    """Return helm/values.schema.json, by which Helm refuses unknown keys and wrong types."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "config.yaml",
        "type": "object",
        "additionalProperties": False,
        "required": list(sections()),
        "properties": {name: _section(name) for name in sections()} | {KEY: _RELEASE},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def chart_values() -> str:
    """Return the table of the settings that are about Kubernetes."""
    rows = [_row(setting) for setting in table().values() if setting.section == "deployment"]
    return "\n".join(["| key | what it is | default | must be |", "|---|---|---|---|", *rows])


def _section(name: str) -> dict[str, Any]:
    said = Settings.model_json_schema()["$defs"][sections()[name].__name__]["properties"]
    settings = [setting for setting in table().values() if setting.section == name and not setting.secret]
    return {
        "description": sections()[name].__doc__,
        "type": "object",
        "additionalProperties": False,
        # Helm drops a key with nothing behind it, default and all. For text that means empty, as elsewhere.
        "required": [setting.key for setting in settings if setting.default != ""],
        "properties": {setting.key: dict(_property(setting, said[setting.key])) for setting in settings},
    }


def _property(setting: Setting, said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "description", f"{setting.help}; {setting.allowed}"
    yield "default", setting.default
    yield from ((word, value) for word, value in said.items() if word in _KEPT)


def _row(setting: Setting) -> str:
    return f"| `{setting.key}` | {setting.help} | `{as_yaml(setting.default)}` | {setting.allowed} |"
