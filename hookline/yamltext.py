"""Write values so that every reader of YAML takes them for what they are."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["as_yaml"]

_PLAIN = re.compile(r"[^\W\d](?:[ ./-]?\w)*")
_TAKEN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
"""Words that some reader of YAML takes for something else than text."""


def as_yaml(value: Any) -> str:
    """Spell a scalar, or a list in one line."""
    if isinstance(value, list):
        return f"[{', '.join(as_yaml(item) for item in value)}]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return _float(value)
    return "null" if value is None else str(value).lower()  # of true, false and whole numbers


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.isprintable() and value.lower() not in _TAKEN:
        return value
    return '"' + "".join(_escaped(char) for char in value) + '"'


def _float(value: float) -> str:
    # Some readers take 1e+30 for text, and 1.0e+30 for a number.
    digits, *exponent = repr(value).split("e")
    return "e".join([digits if "." in digits else f"{digits}.0", *exponent])


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
