"""What the process that runs the hooks tells the one that watches it.

Each line on its pipe is one event: `{"plan": [finding, …]}` with every step as if skipped, then for each
step `{"started": name, "where": place}` unless it is skipped, and `{"finding": {…}}`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["MARK", "Event"]

Event: TypeAlias = dict[str, Any]

MARK = "\x1e"
"""Stands around the step's name in the output, before what the step prints (ASCII: record separator)."""
