"""A row as the log may show it: defaults filled in, the `log:` rules applied, what is notable flagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from hookline.predlog.encode.hashing import Digest

if TYPE_CHECKING:
    from hookline.contract import Contract, Feature

__all__ = ["FeatureView", "Row"]

Row: TypeAlias = Mapping[str, Any]


class FeatureView:
    """Show the features of valid rows. Flags are `unknown:NAME` and `default:NAME`."""

    def __init__(self, contract: Contract, *, id_name: str = "", digest: Digest | None = None) -> None:
        self._id_name = id_name
        self._digest = digest
        self._defaults = {feature.name: feature.default for feature in contract if not feature.required}
        self._names = contract.names
        self._open = [_opening(feature) for feature in contract if _is_open(feature)]
        self._dropped = [feature.name for feature in contract if feature.log == "drop"]
        self._hashed = [feature.name for feature in contract if feature.log == "hash"]
        self._raw = frozenset(feature.name for feature in contract if feature.log == "raw")
        self.plain = not (self._defaults or self._open or self._dropped or self._hashed)
        """Whether rows are shown as they are, but for the ID."""
        self.widest = len(self._names) + bool(id_name)
        """How many fields a row has at most."""
        if self._hashed and digest is None:
            raise ValueError("a contract with `log: hash` needs a digest")

    def __call__(self, row: Row) -> tuple[Row, Sequence[str]]:
        """Return the features to be logged, in the contract's order, and the row's flags."""
        if self.plain:
            return self._without_id(row), ()
        shown = dict(self._without_id(row))
        flags = self._filled(shown) if len(shown) < len(self._names) else []
        flags += [flag for name, known, flag in self._open if shown[name] not in known]
        if flags and self._defaults:
            shown = {name: shown[name] for name in self._names}
        for name in self._dropped:
            del shown[name]
        if self._digest is not None:
            for name in self._hashed:
                shown[name] = self._digest(shown[name])
        return shown, flags

    def _without_id(self, row: Row) -> Row:
        if not self._id_name or self._id_name not in row:
            return row
        rest = dict(row)
        del rest[self._id_name]
        return rest

    def _filled(self, row: dict[str, Any]) -> list[str]:
        """Fill in defaults, and flag them; not those that are hidden, for the contract shows the default."""
        absent = [name for name in self._defaults if name not in row]
        row.update((name, self._defaults[name]) for name in absent)
        return [f"default:{name}" for name in absent if name in self._raw]


def _is_open(feature: Feature) -> bool:
    return feature.type == "category" and feature.unknown == "accept" and bool(feature.choices)


def _opening(feature: Feature) -> tuple[str, frozenset[str | None], str]:
    return feature.name, frozenset((*(feature.choices or ()), None)), f"unknown:{feature.name}"
