"""Names of features → names in Python: identifiers, no two alike, no keyword."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping

__all__ = ["class_names", "identifiers", "package_name"]

_TAKEN = frozenset({
    *("to_json", "self", "row", "Row", "dataclass", "datetime", "Literal", "TypeAlias"),
    *("bool", "dict", "float", "int", "object", "str"),
})  # fmt: skip
"""What the generated module says itself."""


def identifiers(names: Iterable[str]) -> Mapping[str, str]:
    """Give each name an identifier, as near to it as can be; the same ones for the same names."""
    return _distinct({name: identifier(name) for name in names}, taken=_TAKEN)


def class_names(names: Mapping[str, str]) -> Mapping[str, str]:
    """Give each name a type's name made of its identifier."""
    wanted = {name: _no_keyword("".join(map(str.capitalize, one.split("_")))) for name, one in names.items()}
    return _distinct(wanted, taken={*_TAKEN, *names.values()})


def package_name(service: str) -> str:
    """Name the package after the service."""
    return f"{identifier(service.lower())}_client"


def identifier(name: str) -> str:
    """Return what is left of a name when all is gone that an identifier cannot hold."""
    # Python reads identifiers in this form, so two names that differ in it only would be one.
    plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name)).strip("_")
    if not plain.isidentifier():
        numbered = f"field_{plain}".rstrip("_")
        plain = numbered if numbered.isidentifier() else "field"
    return _no_keyword(plain)


def _no_keyword(word: str) -> str:
    return f"{word}_" if keyword.iskeyword(word) else word


def _distinct(wanted: Mapping[str, str], taken: Iterable[str]) -> Mapping[str, str]:
    used = set(taken)
    found: dict[str, str] = {}
    for name, plain in wanted.items():
        chosen, number = plain, 2
        while chosen in used:
            chosen, number = f"{plain}_{number}", number + 1
        used.add(chosen)
        found[name] = chosen
    return found
