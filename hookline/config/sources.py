"""Where settings come from: config.yaml and the environment. Each source notes origins and problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from hookline.config.problems import Given, Problem, secret_in_file, unknown_key, unknown_variable
from hookline.config.settings import Settings
from hookline.config.table import PREFIX, Setting, SettingPath, sections, table
from hookline.yamlfile import YamlFile

__all__ = ["EnvironmentSource", "FileSource", "Source"]


class Source(PydanticBaseSettingsSource):
    """Be one place where settings come from."""

    def __init__(self) -> None:
        super().__init__(Settings)
        self.given: dict[SettingPath, Given] = {}
        self.problems: list[Problem] = []

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base fixes the signature
        """Return what the source gives for one section."""
        values = {key: given.value for (section, key), given in self.given.items() if section == field_name}
        return values, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what the source gives, by section."""
        values = {name: self.get_field_value(field, name)[0] for name, field in Settings.model_fields.items()}
        return {name: section for name, section in values.items() if section}


class FileSource(Source):
    """Give what config.yaml sets."""

    def __init__(self, file: YamlFile) -> None:
        super().__init__()
        self._file = file
        for word, value in file.content.items():
            if word not in sections():
                self._note((word,), unknown_key((word,)))
            elif isinstance(value, dict):
                self._section(word, value)
            elif value is not None:  # `training:` with every key commented out sets nothing
                self._note((word,), f"`{word}` must be a group of `key: value` lines, indented below it")

    def _section(self, section: str, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            path, setting = (section, key), table().get((section, key))
            if setting is None:
                self._note(path, unknown_key(path))
            elif setting.secret:
                self._note(path, secret_in_file(setting))
            else:
                where = self._file.where(path)
                self.given[path] = Given(value, where, f"{where}: `{setting.path}`", self._order(path))

    def _note(self, path: tuple[str, ...], words: str) -> None:
        self.problems.append(Problem(self._order(path), f"{self._file.where(path)}: {words}"))

    def _order(self, path: tuple[str, ...]) -> tuple[int, int]:
        return 0, self._file.lines.get(path, 0)


class EnvironmentSource(Source):
    """Give what `HOOKLINE_SECTION__KEY` sets, and for a secret what the file `…__KEY_FILE` holds."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__()
        names = {setting.variable: setting for setting in table().values()}
        files = {f"{setting.variable}_FILE": setting for setting in table().values() if setting.secret}
        for position, (name, text) in enumerate(sorted(environ.items())):
            upper, order = name.upper(), (1, position)
            if not upper.startswith(PREFIX) or "__" not in upper:
                continue  # HOOKLINE_PROJECT and the like are options of the command
            if upper in names:
                self._give(names[upper], name, _from_text(names[upper], text), f"environment {name}", order)
            elif upper in files:
                self._give_file(files[upper], name, text, order)
            else:
                self.problems.append(Problem(order, unknown_variable(name)))

    def _give(self, setting: Setting, name: str, value: Any, origin: str, order: tuple[int, int]) -> None:
        path, subject = (setting.section, setting.key), f"environment variable {name}"
        if path in self.given:
            words = f"{subject} sets what {self.given[path].subject} sets already; keep one of the two"
            self.problems.append(Problem(order, words))
        else:
            self.given[path] = Given(value, origin, subject, order)

    def _give_file(self, setting: Setting, name: str, file: str, order: tuple[int, int]) -> None:
        try:
            secret = Path(file).read_text(encoding="utf-8").strip() if file else ""
            fault = "" if secret else "nothing is in it"
        except OSError as error:
            fault = f"{error.strerror}".lower()
        except ValueError:
            fault = "not UTF-8 text"
        if fault:
            words = f"environment variable {name} names the file {file!r}: {fault}"
            self.problems.append(Problem(order, f"{words}; name one that holds the secret"))
        else:
            self._give(setting, name, secret, f"file {file}", order)


def _from_text(setting: Setting, text: str) -> Any:
    """Read a variable's text as the setting's type; what cannot be read stays text, and is refused later."""
    kind = setting.field.annotation
    if get_origin(kind) is tuple:
        return _list(text)
    if kind not in (bool, int, float):
        return text
    try:
        return TypeAdapter(kind).validate_strings(text)
    except ValidationError:
        return text


def _list(text: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return [item.strip() for item in text.split(",") if item.strip()]
