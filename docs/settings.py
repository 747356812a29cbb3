"""Write the reference of the settings, one table for each section."""

from __future__ import annotations

from collections.abc import Iterator

from hookline.config.table import Setting, sections, table
from hookline.yamltext import as_yaml

__all__ = ["settings_reference"]


def settings_reference() -> str:
    """Return the tables, in the order of the sections in hookline/config/settings.py."""
    return "\n\n".join("\n".join(_section(name)) for name in sections())


def _section(name: str) -> Iterator[str]:
    yield f"### `{name}`\n\n{sections()[name].__doc__}\n"
    yield "| key | what it is | default | must be | environment variable |\n|---|---|---|---|---|"
    yield from (_row(setting) for setting in table().values() if setting.section == name)


def _row(setting: Setting) -> str:
    default = "not set" if setting.secret else f"`{as_yaml(setting.default)}`"
    variables = f"`{setting.variable}`" + (f" or `{setting.variable}_FILE`" if setting.secret else "")
    cells = (f"`{setting.key}`", setting.help, default, setting.allowed, variables)
    return f"| {' | '.join(cells)} |"
