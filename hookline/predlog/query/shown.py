"""Values as people see them: every character can be read, and nothing passes for something else."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["readable"]

# What a browser or a terminal changes, obeys, does not show, or lets turn the text around it.
_ODD = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff0-\uffff"
    "\U000e0000-\U000e0fff]"
)


def readable(value: Any) -> str:
    """Write a value: text as it is, or as JSON with escapes where it holds what cannot be seen."""
    if isinstance(value, str):
        if value.startswith('"') or value != value.strip() or _ODD.search(value):
            return _ODD.sub(_escape, json.dumps(value, ensure_ascii=False))
        return value
    return _ODD.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
