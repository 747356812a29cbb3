"""Sentences about settings: what is wrong, which value, what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from hookline.config.table import Setting, SettingPath, sections, table
from hookline.words import closest, either, shown

__all__ = ["Given", "Problem", "finding", "secret_in_file", "unknown_key", "unknown_variable"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Hold a sentence, and where in the order of reading it belongs."""

    order: tuple[int, int]
    sentence: str


@dataclass(frozen=True, slots=True)
class Given:
    """Hold a value that a source gives; not in its repr, for it may be a secret."""

    value: Any = field(repr=False)
    origin: str
    """What `hookline config show` calls the place."""
    subject: str
    """How a sentence about the value begins."""
    order: tuple[int, int]


def finding(found: Any, given: Mapping[SettingPath, Given]) -> Problem:
    """Turn one finding of pydantic into a sentence."""
    section, *rest = found["loc"]
    if not rest:  # two settings that do not go together
        place = given[section, found["ctx"]["key"]]
        return Problem(place.order, f"{place.subject} {found['ctx']['words']}")
    setting, place = table()[section, rest[0]], given[section, rest[0]]
    verb = "holds" if rest[1:] else "is"
    words = f"{place.subject} {verb} {_shown(setting, found['input'])}; {_remedy(setting, found)}"
    return Problem(place.order, words)


def unknown_key(path: tuple[str, ...]) -> str:
    """Say that a key of the file is unknown, and where a known one of that name belongs."""
    dotted, key = ".".join(path), path[-1]
    homes = [setting for setting in table().values() if setting.key.lower() == key.lower()]
    if homes and path[0] not in {home.section for home in homes}:
        if homes[0].secret:
            return secret_in_file(homes[0])
        where = either(f"`{home.section}:`" for home in homes)
        return f"`{dotted}` stands in the wrong place; `{homes[0].key}` belongs under {where}"
    like = _closest_path(path)
    hint = f"did you mean `{like}`?" if like else f"known are: {', '.join(_known_beside(path))}"
    return f"unknown key `{dotted}`; {hint}"


def unknown_variable(name: str) -> str:
    """Say that an environment variable sets nothing."""
    known = [setting.variable for setting in table().values()]
    like = closest(name, [*known, *(s.variable + "_FILE" for s in table().values() if s.secret)])
    hint = f"did you mean {like}?" if like else "`hookline config show` lists all settings"
    return f"environment variable {name} is no setting; {hint}"


def secret_in_file(setting: Setting) -> str:
    """Say where a secret goes that stands in config.yaml."""
    return (
        f"`{setting.path}` is a secret and does not belong in this file; remove it here, and set "
        f"{setting.variable}, or name a file that holds it in {setting.variable}_FILE"
    )


def _closest_path(path: tuple[str, ...]) -> str | None:
    """Search beside the key; then all keys, for a misspelt one in the wrong place."""
    for known in (_known_beside(path), {setting.key: setting.path for setting in table().values()}):
        like = closest(path[-1], known)
        if like:
            return known[like]
    return None


def _known_beside(path: tuple[str, ...]) -> dict[str, str]:
    """Return the keys of the section that `path` is in, or the sections, with their dotted paths."""
    if len(path) == 1:
        return {name: name for name in sections()}
    return {setting.key: setting.path for setting in table().values() if setting.section == path[0]}


def _remedy(setting: Setting, found: Any) -> str:
    value, hint = found["input"], ""
    if found["type"] == "literal_error":
        like = closest(str(value), get_args(setting.field.annotation))
        hint = f" (did you mean {like}?)" if like else ""
    if found["type"] == "string_type" and isinstance(value, int | float):
        return f"put it in quotes: it must be {setting.allowed}"
    return f"it must be {setting.allowed}{hint}"


def _shown(setting: Setting, value: Any) -> str:
    """Show a value so that nothing secret is in it, such as the password of an address."""
    if setting.secret or isinstance(value, dict):
        return "something else"
    return "empty" if value is None else re.sub(r"://.*@", "://***@", shown(value))
