"""The settings as rows: what the sources, the messages, the manual and the starter file go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from hookline.config.settings import Settings
from hookline.config.values import Allowed
from hookline.words import either

__all__ = ["PREFIX", "Setting", "SettingPath", "sections", "table"]

PREFIX = "HOOKLINE_"

SettingPath: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold one setting: where it stands, and what it may be."""

    section: str
    key: str
    field: FieldInfo

    @property
    def path(self) -> str:
        """Return the dotted path."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """Return the name of its environment variable."""
        return f"{PREFIX}{self.section}__{self.key}".upper()

    @property
    def secret(self) -> bool:
        """Tell whether the value must never be shown."""
        return self.field.annotation is SecretStr

    @property
    def default(self) -> Any:
        """Return the default as plain data."""
        if self.secret:
            return ""
        return list(self.field.default) if isinstance(self.field.default, tuple) else self.field.default

    @property
    def help(self) -> str:
        """Return the one line of help."""
        return cast(str, self.field.description)

    @property
    def allowed(self) -> str:
        """Say what the value must be."""
        kind = self.field.annotation
        if get_origin(kind) is tuple:
            return f"a list of {_words(get_args(kind)[0].__metadata__)}"
        if get_origin(kind) is Literal:
            return either(get_args(kind))
        if kind is bool:
            return "true or false"
        if kind is SecretStr:
            return "text"
        noun = "a whole number" if kind is int else "a number"
        return _words(self.field.metadata) or _range(noun, self.field)


@cache
def table() -> Mapping[SettingPath, Setting]:
    """Return every setting, in the order of the manual."""
    return MappingProxyType(
        {
            (section, key): Setting(section, key, field)
            for section, model in sections().items()
            for key, field in model.model_fields.items()
        }
    )


def sections() -> dict[str, type[BaseModel]]:
    """Return the groups of settings by name."""
    return {name: cast(type[BaseModel], field.annotation) for name, field in Settings.model_fields.items()}


def _words(metadata: Iterable[Any]) -> str:
    return next((mark.words for mark in metadata if isinstance(mark, Allowed)), "")


def _range(noun: str, field: FieldInfo) -> str:
    bounds = {type(mark): mark for mark in field.metadata}
    low = bounds[Ge].ge if Ge in bounds else None
    if low is not None and Le in bounds:
        return f"{noun} from {low} to {bounds[Le].le}"
    parts = [f"at least {low}"] if low is not None else []
    parts += [f"above {bounds[Gt].gt}"] if Gt in bounds else []
    parts += [f"at most {bounds[Le].le}"] if Le in bounds else []
    parts += [f"below {bounds[Lt].lt}"] if Lt in bounds else []
    return f"{noun}{', ' if low is not None else ' '}{' and '.join(parts)}".strip()
