"""Write the module with the dataclass `Row`: a field per feature, typed as the contract declares it."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill, indent

from hookline.client.literals import one_of, value
from hookline.client.names import class_names, identifiers
from hookline.contract import Contract, Feature

__all__ = ["rows_module"]

_TYPES = {
    "float": "float",
    "int": "int",
    "bool": "bool",
    "category": "str",
    "string": "str",
    "datetime": "datetime",
}
_CLASS = '''\
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one row. A field with a default may be left out."""
'''
_TO_JSON = '''\
def to_json(self) -> dict[str, object]:
    """Return the row as the service reads it."""
'''


def rows_module(contract: Contract, id_name: str = "") -> str:
    """Write the module."""
    return _Rows(contract, id_name).module()


class _Rows:
    def __init__(self, contract: Contract, id_name: str) -> None:
        self._contract = contract
        self._id = id_name
        self._names = identifiers([*contract.names, *([id_name] if id_name else [])])
        closed = [f for f in contract if f.type == "category" and f.unknown == "reject"]
        self._unions = class_names({f.name: self._names[f.name] for f in closed})
        self._moments = {
            f.name: f"_{self._names[f.name].upper()}"
            for f in contract
            if f.type == "datetime" and f.default is not None
        }

    def module(self) -> str:
        """Put the parts together."""
        constants = [
            *(one_of(name, self._contract[key].choices or ()) for key, name in self._unions.items()),
            *(
                f"{name} = datetime.fromisoformat({value(self._contract[key].default)})"
                for key, name in self._moments.items()
            ),
        ]
        head = [
            '"""Rows as the service reads them."""',
            "from __future__ import annotations",
            "\n".join(self._imports()),
            '__all__ = ["Row"]',
        ]
        fields = indent(
            "\n".join(line for feature in self._contract for line in self._field(feature)), "    "
        )
        parts = [_CLASS, fields, *self._id_field(), "", indent(self._to_json(), "    ")]
        return (
            "\n\n".join([*head, *(["\n".join(constants)] if constants else [])]) + "\n\n\n" + "\n".join(parts)
        )

    def _imports(self) -> Iterator[str]:
        yield "from dataclasses import dataclass"
        if any(feature.type == "datetime" for feature in self._contract):
            yield "from datetime import datetime"
        if self._unions:
            yield "from typing import Literal, TypeAlias"

    def _field(self, feature: Feature) -> Iterator[str]:
        if about := _about(feature):
            yield fill(about, width=80, initial_indent="# ", subsequent_indent="# ")
        kind = self._unions.get(feature.name, _TYPES[feature.type]) + (" | None" if feature.nullable else "")
        default = self._moments.get(feature.name, value(feature.default))
        yield f"{self._names[feature.name]}: {kind}" + ("" if feature.required else f" = {default}")

    def _id_field(self) -> Iterator[str]:
        if self._id:
            yield "    # Your ID of the row: logged, never given to the model."
            yield f"    {self._names[self._id]}: str | int | None = None"

    def _to_json(self) -> str:
        pairs = [f"        {value(f.name)}: {self._sent(f)}," for f in self._contract]
        if not self._id:
            return "\n".join([_TO_JSON + "    return {", *pairs, "    }", ""])
        name = self._names[self._id]
        return "\n".join([
            _TO_JSON + "    row: dict[str, object] = {",
            *pairs,
            "    }",
            f"    if self.{name} is not None:",
            f"        row[{value(self._id)}] = self.{name}",
            "    return row",
            "",
        ])  # fmt: skip

    def _sent(self, feature: Feature) -> str:
        field = f"self.{self._names[feature.name]}"
        if feature.type != "datetime":
            return field
        return (
            f"None if {field} is None else {field}.isoformat()"
            if feature.nullable
            else f"{field}.isoformat()"
        )


def _about(feature: Feature) -> str:
    """Say in a comment what the type does not."""
    known = ", ".join(feature.choices or ()) if feature.unknown == "accept" else ""
    said = {
        "{}": feature.description,
        "Unit: {}.": feature.unit,
        "At least {}.": feature.ge,
        "More than {}.": feature.gt,
        "At most {}.": feature.le,
        "Less than {}.": feature.lt,
        "At least {} characters.": feature.min_length,
        "At most {} characters.": feature.max_length,
        "Matches {}.": feature.pattern,
        "Known: {}.": known or None,
    }
    words = " ".join(sentence.format(what) for sentence, what in said.items() if what is not None)
    return "".join(c if c.isprintable() else "?" for c in " ".join(words.split()))
