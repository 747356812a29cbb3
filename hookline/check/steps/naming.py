"""Add to a fault under which circumstances it came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from hookline.errors import HookError
from hookline.hooks import Fault

__all__ = ["circumstance", "for_row"]


@contextmanager
def circumstance(words: str, remedy: str | None = None) -> Iterator[None]:
    """Let a fault from within say `words` too, and another remedy if given."""
    try:
        yield
    except HookError as error:
        fault = error.args[0]
        if not isinstance(fault, Fault):
            raise
        raise HookError(
            replace(fault, came=f"{fault.came}, {words}", remedy=remedy or fault.remedy)
        ) from error


@contextmanager
def for_row(row: Mapping[str, Any]) -> Iterator[None]:
    """Add the request to the fault of a hook that cannot answer it."""
    with circumstance(
        f"for the request {json.dumps(row, ensure_ascii=False)}",
        remedy="features.yaml allows this row: let the hooks handle it, or tighten features.yaml",
    ):
        yield
