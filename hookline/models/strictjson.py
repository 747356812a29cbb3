"""Read JSON that nobody has to be trusted for: small, flat, finite, each key once."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from hookline.errors import UnsafeModelError

__all__ = ["MOST_BYTES", "json_bytes", "read_json"]

MOST_BYTES = 64 * 1024**2


def read_json(data: bytes, *, name: str) -> dict[str, Any]:
    """Read one JSON object; `name` is what messages call it."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError as error:
        raise UnsafeModelError(
            f"{name} is nested too deep to be one of ours; do not use the model"
        ) from error
    except ValueError as error:
        raise UnsafeModelError(
            f"{name} is not readable as JSON ({error}); get the version again, or train again"
        ) from error
    if not isinstance(value, dict):
        raise UnsafeModelError(f"{name} holds no JSON object; get the version again, or train again")
    return value


def json_bytes(value: Any) -> bytes:
    """Write JSON for people and programs: indented, UTF-8, ending with a newline."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key stands twice")
    return mapping


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")
