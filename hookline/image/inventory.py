"""`python -m hookline.image.inventory`, started inside an image: what is installed there, as JSON."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

__all__ = ["inventory"]

_SAID = ("Name", "Version", "License-Expression", "License")
_DPKG = Path("/var/lib/dpkg/status")


def inventory(dpkg: Path = _DPKG) -> dict[str, object]:
    """List Python's distributions and Debian's packages."""
    return {
        "python": platform.python_version(),
        "distributions": sorted(_distributions(), key=lambda one: one["name"]),
        "packages": sorted(_packages(dpkg), key=lambda one: one["name"]),
    }


def _distributions() -> Iterator[dict[str, str]]:
    for found in distributions():
        said = {key: found.metadata[key] for key in found.metadata if key in _SAID}
        yield {
            "name": said["Name"],
            "version": said["Version"],
            "expression": said.get("License-Expression", ""),
            "license": said.get("License", "").strip().partition("\n")[0],
        }


def _packages(status: Path) -> Iterator[dict[str, str]]:
    if not status.exists():
        return
    for block in status.read_text(encoding="utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status", "").endswith(" installed"):
            yield {
                "name": fields["Package"],
                "version": fields["Version"],
                "architecture": fields["Architecture"],
            }


if __name__ == "__main__":
    json.dump(inventory(), sys.stdout)
