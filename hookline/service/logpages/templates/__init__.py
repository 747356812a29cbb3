"""The pages' templates. Everything they are given is escaped; nothing in them is marked as safe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hookline.predlog.query.shown import readable
from hookline.predlog.query.times import text_of

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render"]


def render(template: str, part: str, content: Mapping[str, Any]) -> str:
    """Write a page, or one of its parts: the block of that name."""
    found = _environment().get_template(template)
    if not part:
        return found.render(content)
    return "".join(found.blocks[part](found.new_context({**content})))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415 - when a page is asked for

    environment = Environment(
        loader=PackageLoader("hookline.service.logpages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "readable": readable,
        "moment": text_of,
        "urlencoded": urlencode,
        "duration": _duration,
    }
    return environment


def _duration(seconds: int) -> str:
    """Write how long: `30 s`, `15 min`, `6 h`, `7 days`."""
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            number = f"{seconds / size:g}"
            return f"{number} {unit}{'s' if unit == 'day' and number != '1' else ''}"
    return f"{seconds} s"
