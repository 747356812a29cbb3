"""`hookline serve` as machines call it, without the libraries of the command line.

Importing those takes longer than everything else the supervisor does. Words that are no plain values (flags,
`--help`, mistakes) are for the command itself, which knows what to say to people.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

__all__ = ["override", "read_quick", "serve_quickly"]

_TEXTS = {"--host": "host", "--project": "project", "-C": "project"}
_NUMBERS = {"--port": "port", "--workers": "workers"}
_OPTIONS = _TEXTS | _NUMBERS


def read_quick(words: Sequence[str], environ: Mapping[str, str] = os.environ) -> dict[str, str] | None:
    """Return the values that `serve` is given; None unless it is `serve` and nothing but plain values."""
    if not words or words[0] != "serve" or "_HOOKLINE_COMPLETE" in environ:
        return None
    found: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        option, given, value = word.partition("=") if word.startswith("--") else (word, "", "")
        value = value if given else next(rest, "")
        if option not in _OPTIONS or not _is_plain(option, value):
            return None
        found[_OPTIONS[option]] = value
    return found


def _is_plain(option: str, value: str) -> bool:
    if option in _NUMBERS:
        return value.isascii() and value.isdecimal()
    return value[:1] not in ("", "-")


def serve_quickly(values: Mapping[str, str]) -> int:
    """Serve until told to stop; return the exit code. What is wrong in config.yaml the stem will say."""
    from hookline.project import find_root  # noqa: PLC0415 - every other command comes by here and needs none
    from hookline.service.runner.serve import serve_project  # noqa: PLC0415 - as said above

    given = dict(values)
    root = find_root(Path(given.pop("project", "") or os.environ.get("HOOKLINE_PROJECT", "")))
    override(given)
    return serve_project(root)


def override(values: Mapping[str, object], environ: MutableMapping[str, str] = os.environ) -> None:
    """Let the command line go over the environment, by being the environment of what is started."""
    environ.update({f"HOOKLINE_SERVICE__{name.upper()}": str(value) for name, value in values.items()})
