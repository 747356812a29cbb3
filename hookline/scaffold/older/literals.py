"""Values that a module of settings assigns to its names, read without running it."""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["assigned"]

_TYPES = {"int", "float", "str", "bool", "datetime"}


def assigned(text: str) -> dict[str, Any]:
    """Return the plain values of a module's names; what is reckoned is left out."""
    values = {}
    for node in ast.parse(text).body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        value = getattr(node, "value", None)
        if value is None:
            continue
        try:
            plain = _plain(value)
        except ValueError:
            continue
        values.update({target.id: plain for target in targets if isinstance(target, ast.Name)})
    return values


def _plain(node: ast.expr) -> Any:
    """Read a literal in which types may stand as well, as in {"age": int}."""
    if isinstance(node, ast.Name) and node.id in _TYPES:
        return node.id
    if isinstance(node, ast.List | ast.Tuple):
        return [_plain(item) for item in node.elts]
    if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
        return {_plain(key): _plain(value) for key, value in zip(node.keys, node.values, strict=True) if key}
    return ast.literal_eval(node)
