"""`hookline quality`: how good predictions were, as far as the truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hookline.cli.logs_filter import Since, Until, Version, chosen, opened
from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say

__all__ = ["quality"]

_NUMBERS = ("accuracy", "macro_f1", "rmse", "mae", "bias", "r2")


def quality(
    project: ProjectDir = Path(),
    since: Since = "",
    until: Until = "",
    version: Version = "",
    as_json: JsonFlag = False,
) -> None:
    """Show metrics by model version, and how many predictions they cover."""
    from hookline.predlog.query.database import reading  # noqa: PLC0415 - help starts without it
    from hookline.predlog.query.quality import quality as measure  # noqa: PLC0415 - see above

    settings, path = opened(project)
    wanted = chosen(settings, since=since, until=until, model_version=version)
    with reading(path) as connection:
        found = measure(connection, wanted).as_json(ZoneInfo(settings.prediction_log.timezone))
    if as_json:
        print_json(found)
        return
    versions: list[dict[str, Any]] = found["versions"]
    names = [name for name in _NUMBERS if any(one.get(name) is not None for one in versions)]
    rows = [
        (
            one["model_version"],
            f"{one['predictions']:,}",
            f"{one['coverage']:.1%}",
            *("" if one.get(name) is None else f"{one[name]:.4g}" for name in names),
        )
        for one in versions
    ]
    if rows:
        print_table(("version", "predictions", "coverage", *(name.replace("_", " ") for name in names)), rows)
    else:
        say("no prediction matches")
    say(f"{found['truths']:,} truths told, {found['unmatched']:,} held until their prediction arrives")
