"""The few settings of a new project that differ from the defaults, as a config.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from hookline.yamltext import as_yaml

__all__ = ["settings_text"]


def settings_text(given: Mapping[str, object]) -> str:
    """Write settings, given by their dotted paths, and nothing else."""
    sections: dict[str, list[str]] = {}
    for path, value in given.items():
        section, key = path.split(".")
        sections.setdefault(section, []).append(f"  {key}: {as_yaml(value)}\n")
    return "".join(f"{section}:\n{''.join(lines)}" for section, lines in sections.items())
