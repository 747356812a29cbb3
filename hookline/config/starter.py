"""The config.yaml of a new project: every key with its line of help and its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from hookline.config.table import Setting, sections, table
from hookline.yamltext import as_yaml

__all__ = ["settings_text", "starter_text"]

_HEAD = """\
# Yours: the settings. hookline, Helm and Jenkins read this one file; docs/configuration.md explains it.
# A key that is left out has the value shown here. Secrets never stand here.
"""


def starter_text(given: Mapping[str, object] = MappingProxyType({})) -> str:
    """Write config.yaml with all defaults, but for the values `given` by their dotted paths."""
    return settings_text(_HEAD, given)


def settings_text(head: str, given: Mapping[str, object] = MappingProxyType({})) -> str:
    """Write all settings, each under its line of help, below lines that say what the file is."""
    return head + "".join(f"\n{''.join(_section(name, given))}" for name in sections())


def _section(name: str, given: Mapping[str, object]) -> Iterator[str]:
    yield f"# {sections()[name].__doc__}\n{name}:\n"
    for setting in table().values():
        if setting.section == name:
            yield f"  # {setting.help}\n  {_line(setting, given)}\n"


def _line(setting: Setting, given: Mapping[str, object]) -> str:
    if setting.secret:
        return f"# {setting.key}: a secret; set {setting.variable} or {setting.variable}_FILE"
    return f"{setting.key}: {as_yaml(given.get(setting.path, setting.default))}"
