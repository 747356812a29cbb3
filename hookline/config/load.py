"""config.yaml and the environment → frozen settings.

The environment (`HOOKLINE_SECTION__KEY`) goes over the file, the file over the default. A secret comes
from the environment or from a file named by `HOOKLINE_SECTION__KEY_FILE`, never from config.yaml.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hookline.config.problems import finding
from hookline.config.settings import Settings
from hookline.config.sources import EnvironmentSource, FileSource
from hookline.config.table import SettingPath
from hookline.errors import ConfigError
from hookline.yamlfile import YamlFile, read_yaml

__all__ = ["CONFIG_FILE", "Loaded", "load_settings", "load_with_origins"]

CONFIG_FILE = "config.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Hold settings, and where each that is not a default came from."""

    settings: Settings
    origins: Mapping[SettingPath, str]


def load_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings of the project in `root`; without a config.yaml the defaults hold."""
    return load_with_origins(root, environ).settings


def load_with_origins(root: Path, environ: Mapping[str, str]) -> Loaded:
    """Read the settings of the project in `root`, and note where each came from."""
    path = root / CONFIG_FILE
    file = read_yaml(path) if os.path.lexists(path) else YamlFile(CONFIG_FILE, content={}, lines={})
    from_file, from_environment = FileSource(file), EnvironmentSource(environ)
    given = from_file.given | from_environment.given
    problems = from_file.problems + from_environment.problems
    try:
        settings = Settings(_build_sources=((from_environment, from_file), {}))
    except ValidationError as error:
        problems += [finding(found, given) for found in error.errors()]
    if problems:
        raise ConfigError("\n".join(problem.sentence for problem in sorted(problems)))
    return Loaded(settings, {path: value.origin for path, value in given.items()})
