"""What does not add up and never will, once somebody has taken note of it: rows of each sink, in a file.

Above zero they are lost: counted, and nowhere. Below zero they were delivered, and the count of them is lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hookline.errors import LogStateError
from hookline.predlog.atomic import replace_file

__all__ = ["accept", "accepted", "forget"]


def accepted(path: Path) -> dict[str, int]:
    """Return how many rows of each sink were accepted."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(sink): int(rows) for sink, rows in found.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise LogStateError(
            f"{path} is damaged ({error}); delete it, and `hookline logs verify` says again what is missing"
        ) from error


def accept(path: Path, rows: Mapping[str, int]) -> None:
    """Accept so many more."""
    before = accepted(path)
    replace_file(path, json.dumps({**before, **{sink: before.get(sink, 0) + rows[sink] for sink in rows}}))


def forget(path: Path, sink: str) -> None:
    """Forget those of a sink whose account begins anew."""
    left = accepted(path)
    if left.pop(sink, 0):
        replace_file(path, json.dumps(left))
