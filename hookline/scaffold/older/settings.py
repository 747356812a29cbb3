"""The settings of an older project: keys of config.yaml, flat or in sections, of .env, and of a module."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hookline.config import load_settings
from hookline.config.table import Setting, table
from hookline.errors import ConfigError, HooklineError
from hookline.scaffold.older.literals import assigned
from hookline.scaffold.older.text import text_of
from hookline.words import listed
from hookline.yamlfile import read_yaml

__all__ = ["Settings", "carry_settings"]

_MODULES = ("source/features.py", "source/config.py", "config.py", "features.py")
_QUOTED = re.compile(r"""(["'])(.*?)\1""")
_NOT_SETTINGS = {"input_features", "features", "feature_names", "target_label", "target", "label"}


@dataclass
class Settings:
    """Hold what differs from hookline's defaults, and what could not be taken."""

    given: dict[str, Any] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """Say what was not carried over."""
        said = [f"Not carried over: {sentence}." for sentence in self.refused]
        if self.unknown:
            said.append(f"No settings of hookline, not carried over: {listed(self.unknown, 12)}.")
        if self.secret:
            said.append(f"Secrets are never in config.yaml; set {listed(self.secret)} in the environment.")
        return said


def carry_settings(root: Path) -> Settings:
    """Read what the project sets; .env goes over config.yaml, that over a module."""
    found: dict[str, Any] = {}
    for name in _MODULES:
        if (root / name).is_file():
            found |= _at_home(_of_module(text_of(root, name)))
    if (root / "config.yaml").is_file():
        found |= _at_home(_flat(read_yaml(root / "config.yaml").content))
    if (root / ".env").is_file():
        found |= _at_home(_of_env(text_of(root, ".env")))
    return _sorted(found)


def _of_module(text: str) -> dict[str, Any]:
    try:
        return assigned(text)
    except (SyntaxError, ValueError):
        return {}


def _flat(content: Mapping[str, Any], section: str = "") -> dict[str, Any]:
    """Bring keys of sections to the top, whatever the sections are called; ours keep their paths."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if (section, key) in table():
            flat[f"{section}.{key}"] = value
        else:
            flat |= _flat(value, key) if isinstance(value, Mapping) else {key: value}
    return flat


def _at_home(found: Mapping[str, Any]) -> dict[str, Any]:
    """Name settings by their paths, so that each source goes over the one before."""
    homes = _homes()
    return {homes[key.lower()].path if key.lower() in homes else key: value for key, value in found.items()}


def _of_env(text: str) -> dict[str, Any]:
    found = {}
    for line in text.splitlines():
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not key.startswith("#"):
            quoted = _QUOTED.match(value.strip())
            found[key.strip()] = quoted[2] if quoted else value.partition(" #")[0].strip()
    return found


def _sorted(found: Mapping[str, Any]) -> Settings:
    settings = Settings()
    known = {setting.path: setting for setting in table().values()}
    environ: dict[str, str] = {}
    for key, value in found.items():
        setting = known.get(key)
        if setting is None:
            if key not in _NOT_SETTINGS:
                settings.unknown.append(key)
        elif setting.secret:
            settings.secret.append(setting.variable)
        elif problem := _problem({**environ, setting.variable: _text(value)}):
            settings.refused.append(problem)
        else:
            environ[setting.variable] = _text(value)
            taken = _loaded({setting.variable: _text(value)}).get(setting.section, {}).get(setting.key)
            if taken != setting.default:
                settings.given[setting.path] = taken
    return settings


def _homes() -> dict[str, Setting]:
    """Return the settings by their key alone, where one section only has it."""
    homes: dict[str, Setting | None] = {}
    for setting in table().values():
        key = setting.key.lower()
        homes[key] = None if key in homes else setting
    return {key: setting for key, setting in homes.items() if setting is not None}


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _problem(environ: Mapping[str, str]) -> str | None:
    """Try values as the environment would give them: that is where text is turned into what it stands for."""
    try:
        _loaded(environ)
    except ConfigError as error:
        return str(error).splitlines()[0]
    except HooklineError as error:
        return str(error)
    return None


def _loaded(environ: Mapping[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as empty:
        return load_settings(Path(empty), environ).model_dump(mode="json")
